/* The library of faults itself: what it strikes, and what passes. Plain tools are its subjects; the
   calls that they do not use are met by the tests of what the program makes of them. */
#define _POSIX_C_SOURCE 200809L
#include "fault.h"
#include "run.h"
#include "temp_folder.h"
#include <string.h>

static char folder[TEMP_FOLDER_MAX], output[RUN_OUTPUT_MAX];

/* Exit code of a shell command in the folder, under these rules. */
static int under(const char *rules, const char *command)
{
  char text[2 * TEMP_FOLDER_MAX];
  snprintf(text, sizeof text, "cd %s && export LC_ALL=C && %s", folder, command);
  faults(rules);
  const int code =
      run_program((const char *const[]){"sh", "-c", text, NULL}, 0, 20.0, output, sizeof output);
  faults_end();
  return code;
}

static void expect(const char *rules, const char *command, int code, const char *said)
{
  const int found = under(rules, command);
  cr_expect_eq(found, code, "'%s' under '%s' ends with %d: %s", command, rules, found, output);
  cr_expect(strstr(output, said), "'%s' under '%s' does not say '%s': %s", command, rules, said,
            output);
}

Test(fault_library, strikes_what_it_is_told_to, .timeout = 60)
{
  static const struct {
    const char *rules, *command;
    int code;
    const char *said;
  } cases[] = {
      {"mkdir path=this errno=EDQUOT", "mkdir other this", 1, "Disk quota exceeded"},
      {"open path=this errno=EACCES", "echo x >that; cat that; dd if=that of=this", 1,
       "Permission denied"},
      {"write path=this errno=ENOSPC", "dd if=/dev/zero of=this bs=4 count=1", 1,
       "No space left on device"},
      {"read path=zero after=2 times=1 errno=ESTALE", "dd if=/dev/zero of=/dev/null bs=4 count=4",
       1, "2+0 records in"},
      {"fsync path=this", "dd if=/dev/zero of=this bs=4 count=1 conv=fsync", 1,
       "Input/output error"},
      {"fsync_folder errno=EINVAL", "echo x >that; sync that; sync .", 1, "Invalid argument"},
      {"write path=this rank=3", "dd if=/dev/zero of=this bs=4 count=1", 0, ""},
      {"write path=this rank=3", "OMPI_COMM_WORLD_RANK=3 dd if=/dev/zero of=this bs=4 count=1", 1,
       "Input/output error"},
      {"mkdir path=a; mkdir path=b errno=EPERM", "mkdir c b", 1, "Operation not permitted"},
      {"write path=this nap=1", "dd if=/dev/zero of=this bs=4 count=1", 0, ""},
      {"write path=half short times=1", "dd if=/dev/zero of=half bs=8 count=1; stat -c size=%s half", 0,
       "size=8"},
  };
  cr_assert(temp_folder_make(folder));
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    expect(cases[i].rules, cases[i].command, cases[i].code, cases[i].said);
  cr_assert(temp_folder_remove(folder));
}
