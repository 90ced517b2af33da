/* Data sets from tables: the same bytes on any number of ranks, and nothing where one is refused. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"

#define TEST_LIMIT 60.0

static void put(const char *name, const char *content)
{
  char path[2 * TRAIN_PATH];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  cr_assert(file && fputs(content, file) >= 0 && fclose(file) == 0);
}

static void expect_said(const char *says)
{
  cr_expect(strstr(output, says), "'%s' in: %s", says, output);
}

/* Rows of which some have line ends in quotes, so that ranks cannot cut the file anywhere. */
Test(tables, are_the_same_on_any_number_of_ranks, .timeout = TEST_LIMIT)
{
  cr_assert(temp_folder_make(folder));
  shell("awk 'BEGIN { print \"who,y,a,b,c\"; for (i = 0; i < 200; i++) printf "
        "\"%%s,%%d,%%d,%%g,\\n\", "
        "i %% 3 ? i : \"\\\"a\\n,\" i \"\\\"\", i %% 2, i, i / 7 }' >%s/t.csv",
        folder);
  for (int ranks = 0; ranks < 4; ranks += 3)
    cr_assert_eq(longwave(ranks,
                          "prepare table --train %s/t.csv --target y --id who --group who "
                          "--out %s/%d.h5",
                          folder, folder, ranks),
                 0, "%s", output);
  expect_said("rows: 200\nmissing: 200 values\n");
  shell("cmp %s/0.h5 %s/3.h5", folder, folder);
  finish();
}

Test(tables, what_is_refused_leaves_nothing, .timeout = TEST_LIMIT)
{
  static const char *const cases[][3] = {
      {"y,a\nu,1\nv,2\nw,3,4\n", "", "line 4: 3 cells, but the first record of the file has 2"},
      {"y,s,a\nu,train,1\nv,test,2\n", "--split s", "the class 'v' is in the test split only"},
      {"y,s,g,a\nu,train,p,1\nu,test,p,2\n", "--split s --group g",
       "the group 'p' is in two splits"},
      {"y,a\nu,1\nu,x\n", "", "line 3, column 2 ('a'): 'x' is no finite number"},
  };
  char name[64];
  cr_assert(temp_folder_make(folder));
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    snprintf(name, sizeof name, "%zu.csv", i);
    put(name, cases[i][0]);
    cr_expect_eq(longwave(i ? 0 : 2,
                          "prepare table --train %s/%s --target y --out %s/out.h5 "
                          "--validation 0 --test 0 %s",
                          folder, name, folder, cases[i][1]),
                 2, "%s", output);
    expect_said(cases[i][2]);
    shell("test \"$(ls %s | grep -cv csv)\" = 0", folder);
  }
  finish();
}
