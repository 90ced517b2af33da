/* The tasks `table` and `series`: what they make of files, as a builder that writes it down sees it. */
#include "record_builder.h"

static void end(void)
{
  build_end();
  make_end();
}

TestSuite(table, .init = make_begin, .fini = end);
TestSuite(series_task, .init = make_begin, .fini = end);

/* ---- rows that are samples ---- */

Test(table, rows_that_are_samples)
{
  const char *file = text_file("t.csv", "y,a,b,c,d\nup,1,2,3,4\ndown,5,NA,7,8\n,9,10,11,12\n");
  FINE(BUILD(table, "--train", file, "--target", "y"));
  PLAN("values 1 class");
  SAMPLES("t.csv:2 =up : 1 2 3 4\nt.csv:3 =down : 5 nan 7 8\nt.csv:4 : 9 10 11 12\n");
  TELLS("rows: 3\nmissing: 1 values\n");
  FINE(BUILD(table, "--train", file, "--target", "y", "--row-channels", "2"));
  PLAN("values 2 class");
  SAMPLES("t.csv:2 =up : 1,2 3,4\nt.csv:3 =down : 5,nan 7,8\nt.csv:4 : 9,10 11,12\n");
  FINE(BUILD(table, "--train", file, "--target", "y", "--row-channels", "2", "--row-order",
             "channels", "--limit", "1"));
  SAMPLES("t.csv:2 =up : 1,3 2,4\n");
  FINE(BUILD(table, "--train", file, "--target", "y", "--channels", "d,a..b", "--classes",
             "down,up"));
  PLAN("values 1 class: down,up");
  SAMPLES("t.csv:2 =up : 4 1 2\nt.csv:3 =down : 8 5 nan\nt.csv:4 : 12 9 10\n");
  FINE(BUILD(table, "--train", file, "--target", "a,d", "--leave-out", "y", "--question",
             "numbers"));
  PLAN("values 1 numbers: a,d");
  SAMPLES("t.csv:2 =1,4 : 2 3\nt.csv:3 =5,8 : nan 7\nt.csv:4 =9,12 : 10 11\n");
  FINE(BUILD(table, "--train", text_file("p.csv", "y,a,b,c\nu,1,,\nv,1,,3\n"), "--target", "y",
             "--padded"));
  SAMPLES("p.csv:2 =u : 1\np.csv:3 =v : 1 nan 3\n");
}

Test(table, what_else_is_known_of_a_sample)
{
  const char *file =
      text_file("t.csv", "who,y,w,part,name,x\np1,a,0.5,train,s1,1\np2,b,2,Dev,s2,2\n,a,1,,s3,3\n");
  FINE(BUILD(table, "--train", file, "--target", "y", "--group", "who", "--weight", "w", "--split",
             "part", "--id", "name"));
  PLAN("values 1 class");
  SAMPLES("t.csv:2 s1 group=p1 weight=0.5 train =a : 1\n"
          "t.csv:3 s2 group=p2 weight=2 validation =b : 2\nt.csv:4 s3 weight=1 =a : 3\n");
  cr_expect(rule.validation == 0 && rule.test == 0);
  FINE(BUILD(table, "--train", file, "--validation-from", file, "--target", "y", "--channels", "x",
             "--limit", "1"));
  SAMPLES("t.csv:2 =a : 1\nt.csv:2 validation =a : 1\n");
  cr_expect(rule.validation == 0 && rule.test == 0.1);
}

/* A class may be called as a missing value is. */
Test(table, only_empty_cells_are_missing_classes)
{
  FINE(BUILD(table, "--train", text_file("t.csv", "y,a,g\n-,1,NA\n+,-,?\n,NA,\n"), "--target", "y",
             "--group", "g"));
  SAMPLES("t.csv:2 group=NA =- : 1\nt.csv:3 group=? =+ : nan\nt.csv:4 : nan\n");
}

/* As GoEmotions: a text, numbers of labels, and a file with their names. */
Test(table, texts_with_several_classes)
{
  const char *file = text_file("t.tsv", "it's \"odd\" \t0,2\tx1\nfine\t1\tx2\nhm\t\tx3\n");
  const char *names = text_file("labels.txt", "sad\nglad\nodd\n");
  FINE(BUILD(table, "--train", file, "--header", "false", "--quotes", "false", "--text", "1",
             "--target", "2", "--question", "classes", "--class-file", names));
  PLAN("tokens several classes: sad,glad,odd");
  SAMPLES("t.tsv:1 {sad,odd} : it's \"odd\" \nt.tsv:2 {glad} : fine\nt.tsv:3 {} : hm\n");
}

Test(table, several_classes_in_columns)
{
  FINE(BUILD(table, "--train", text_file("t.csv", "x,a,b\n1,1,0\n2,0,0\n3,NA,NA\n"), "--target",
             "a,b", "--question", "classes"));
  PLAN("values 1 several classes: a,b");
  SAMPLES("t.csv:2 {a} : 1\nt.csv:3 {} : 2\nt.csv:4 : 3\n");
  FAILS(BUILD(table, "--train", text_file("t.csv", "x,a,b\n1,1,2\n"), "--target", "a,b",
              "--question", "classes"),
        LW_ERROR_INPUT, "t.csv' line 2, column 'b': '2' is neither 1 (the class is there) nor 0");
}

/* ---- rows that are steps ---- */

Test(table, rows_that_are_steps)
{
  const char *file = text_file("t.csv", "id,date,a,b,y\ns,2020-01-01 00:00,1,2,u\n"
                                        "s,2020-01-01 01:00,3,4,u\nr,1970-01-01 00:00,5,6,v\n");
  FINE(BUILD(table, "--train", file, "--rows", "step", "--id", "id", "--time", "date", "--target",
             "y"));
  PLAN("values 2 a,b timed s class");
  SAMPLES("t.csv:2 s =u : 1,2 3,4 @1.57784e+09 1.57784e+09\nt.csv:4 r =v : 5,6 @0\n");
  FINE(BUILD(table, "--train", file, "--rows", "step", "--id", "id", "--channels", "b",
             "--question", "step-class", "--target", "y"));
  PLAN("values 1 b class of steps");
  SAMPLES("t.csv:2 s : 2 4 #0=u #1=u\nt.csv:4 r : 6 #0=v\n");
  FINE(BUILD(table, "--train", file, "--rows", "step", "--leave-out", "date,y,id", "--question",
             "step-numbers", "--target", "b"));
  PLAN("values 1 a numbers of steps: b");
  SAMPLES("t.csv:2 : 1 3 5 #0=2 #1=4 #2=6\n");
}

Test(table, next_values)
{
  const char *file = text_file("t.csv", "date,a,b\n0:00,1,2\n1:00,3,4\n1:00,5,6\n");
  FINE(BUILD(table, "--train", file, "--rows", "step", "--time", "date", "--question",
             "next-values", "--target", "b", "--horizon", "2", "--window", "3", "--stride", "1",
             "--split-by", "order", "--repeated", "keep"));
  PLAN("values 2 a,b timed s window 3/1 next values 2 of 1: 1");
  SAMPLES("t.csv:2 : 1,2 3,4 5,6 @0 3600 3600\n");
  FINE(BUILD(table, "--train", file, "--rows", "step", "--leave-out", "date", "--question",
             "next-values"));
  PLAN("values 2 a,b next values 1 of 2");
  FAILS(BUILD(table, "--train", file, "--rows", "step", "--leave-out", "date", "--question",
              "next-values", "--target", "c"),
        LW_ERROR_INPUT, "--target 'c' is none of the channels");
}

/* ---- rows that are values ---- */

static const char long_form[] = "ID,Time,Parameter,Value\n1,00:00,Age,54\n1,00:00,HR,80\n"
                                "1,00:30,HR,82\n1,00:30,HR,84\n1,47:10,Temp,36.5\n"
                                "2,00:00,ID,2\n3,00:10,HR,-1\n3,00:20,HR,70\n";
#define LONG                                                                                       \
  "--rows", "value", "--id", "ID", "--time", "Time", "--variable", "Parameter", "--value", "Value"

Test(table, rows_that_are_values_joined_with_outcomes)
{
  const char *file = text_file("t.csv", long_form);
  const char *outcomes = text_file("o.csv", "RecordID,died,who\n3,0,c\n2,1,b\n1,1,a\n4,0,d\n");
  FINE(BUILD(table, "--train", file, LONG, "--leave-out", "ID", "--outcomes", outcomes,
             "--outcomes-id", "RecordID", "--target", "died", "--group", "who", "--repeated",
             "mean", "--missing-marks", ",-1"));
  PLAN("values 3 Age,HR,Temp timed s class");
  SAMPLES("t.csv:2 1 group=a =1 : 54,80,nan nan,83,nan nan,nan,36.5 @0 1800 169800\n"
          "t.csv:8 3 group=c =0 : nan,nan,nan nan,70,nan @600 1200\n");
  TELLS("rows: 8\nmissing: 10 values\nrepeated: 1 values of a variable at a time that had one\n"
        "left out: 1 values of other variables\nleft out: 1 samples without any value\n"
        "left out: 2 of 4 outcomes, which no sample has\n");
  FINE(BUILD(table, "--train", file, LONG, "--channels", "Temp,HR", "--outcomes", outcomes,
             "--outcomes-id", "RecordID", "--target", "died", "--repeated", "last", "--question",
             "numbers"));
  PLAN("values 2 Temp,HR timed s numbers: died");
  SAMPLES("t.csv:3 1 =1 : nan,80 nan,84 36.5,nan @0 1800 169800\n"
          "t.csv:8 3 =0 : nan,-1 nan,70 @600 1200\n");
}

/* For a prediction answers may be absent, and the channels are those of the training. */
Test(table, rows_to_be_predicted)
{
  const lw_channel channel[] = {{.name = "HR"}, {.name = "Temp"}};
  const lw_dataset_info like = {.input = &lw_input_values, .channels = 2, .channel = channel};
  predicted = &like;
  FINE(BUILD(table, "--train", text_file("t.csv", long_form), LONG, "--target", "died",
             "--repeated", "last"));
  PLAN("values 2 HR,Temp timed s class");
  SAMPLES("t.csv:3 1 : 80,nan 84,nan nan,36.5 @0 1800 169800\n"
          "t.csv:8 3 : -1,nan 70,nan @600 1200\n");
  FINE(BUILD(table, "--train", text_file("t.csv", "z,Temp,HR\n1,2,3\n"), "--rows", "step",
             "--target", "y"));
  SAMPLES("t.csv:2 : 3,2\n");
  const lw_channel none = {.name = ""};
  const lw_dataset_info wide = {.input = &lw_input_values, .channels = 1, .channel = &none};
  predicted = &wide;
  FINE(BUILD(table, "--train", text_file("t.csv", "y,a,b\nu,1,2\n"), "--target", "y"));
  SAMPLES("t.csv:2 =u : 1 2\n");
  FINE(BUILD(table, "--train", text_file("t.csv", "a,b\n1,2\n"), "--target", "y"));
  SAMPLES("t.csv:2 : 1 2\n");
}

/* ---- bad input ---- */

Test(table, bad_rows)
{
#define TABLE(content) "--train", text_file("t.csv", content)
  FAILS(BUILD(table, TABLE("y,a\nu,1\nv,1,2\n"), "--target", "y"), LW_ERROR_INPUT,
        "t.csv' line 3: 3 cells, but the first record of the file has 2");
  FAILS(BUILD(table, TABLE("y,a\nu,x\n"), "--target", "y"), LW_ERROR_INPUT,
        "t.csv' line 2, column 2 ('a'): 'x' is no finite number");
  FAILS(BUILD(table, TABLE("y,a\nu,inf\n"), "--target", "y"), LW_ERROR_INPUT, "'inf' is no finite");
  FAILS(BUILD(table, TABLE("y,a\nu,1\n"), "--target", "z"), LW_ERROR_INPUT,
        "t.csv' has no column 'z'; it has 2: 'y', 'a'");
  FAILS(BUILD(table, TABLE("y,a\nu,1\n"), "--target", "y", "--classes", "v,w"), LW_ERROR_INPUT,
        "t.csv' line 2, column 'y': 'u' has the label 'u', which is none of 0..1 and not the name");
  FAILS(BUILD(table, TABLE("y,a\nu,1\n"), "--target", "y", "--question", "numbers"), LW_ERROR_INPUT,
        "t.csv' line 2, column 'y': 'u' is no finite number");
  FAILS(BUILD(table, TABLE("y,a,w\nu,1,-1\n"), "--target", "y", "--weight", "w"), LW_ERROR_INPUT,
        "column 'w': '-1' is no weight");
  FAILS(BUILD(table, TABLE("y,a,s\nu,1,later\n"), "--target", "y", "--split", "s"), LW_ERROR_INPUT,
        "column 's': 'later' is no split: train, validation (valid, val, dev) or test");
  FAILS(BUILD(table, TABLE("y,t\nu,\n"), "--target", "y", "--text", "t"), LW_ERROR_INPUT,
        "t.csv' line 2, column 2 ('t'): the text is empty");
  FAILS(BUILD(table, TABLE("y,a\n"), "--target", "y"), LW_ERROR_INPUT,
        "t.csv' has no rows behind its header");
  FAILS(BUILD(table, TABLE(""), "--target", "y"), LW_ERROR_INPUT, "t.csv' is empty");
  FAILS(BUILD(table, TABLE("y,a,b,c\nu,1,2,3\n"), "--target", "y", "--row-channels", "2"),
        LW_ERROR_INPUT, "--row-channels 2 does not divide the 3 columns of values");
  FAILS(BUILD(table, TABLE("y\nu\n"), "--target", "y"), LW_ERROR_INPUT,
        "has no column that is left for values");
  FAILS(BUILD(table, TABLE("y,a,b\nu,1,2\n"), "--target", "y", "--channels", "b..a"),
        LW_ERROR_INPUT, "--channels 'b..a': the first column stands behind the last");
  FAILS(BUILD(table, TABLE("y,a\n\"a,,b\",1\n"), "--target", "y", "--question", "classes"),
        LW_ERROR_INPUT, "has an empty label; labels are split by ','");
}

#define STEPS "--rows", "step", "--id", "id", "--time", "t", "--target", "y"

Test(table, bad_steps)
{
  FAILS(BUILD(table, TABLE("id,t,a,y\n1,2,0,u\n1,1,0,u\n"), STEPS), LW_ERROR_INPUT,
        "t.csv' line 3, column 2 ('t'): the time is earlier than that of the row before");
  FAILS(BUILD(table, TABLE("id,t,a,y\n1,2,0,u\n1,2,0,u\n"), STEPS), LW_ERROR_INPUT,
        "line 3, column 2 ('t'): the row before has the same time; --repeated keep takes both");
  FAILS(BUILD(table, TABLE("id,t,a,y\n1,2,0,u\n1,x,0,u\n"), STEPS), LW_ERROR_INPUT,
        "line 3, column 2 ('t'): the time 'x' is not a number");
  FAILS(BUILD(table, TABLE("id,t,a,y\n1,2,0,u\n2,1,0,u\n1,3,0,u\n"), STEPS), LW_ERROR_INPUT,
        "line 4, column 1 ('id'): '1' comes again behind rows of others");
  FAILS(BUILD(table, TABLE("id,t,a,y\n1,2,0,u\n,3,0,u\n"), STEPS), LW_ERROR_INPUT,
        "line 3, column 1 ('id'): the id is empty");
  FAILS(BUILD(table, TABLE("id,t,a,y\n1,2,0,u\n1,3,0,v\n"), STEPS), LW_ERROR_INPUT,
        "t.csv' line 3: the target differs from that of the row before");
}

Test(table, an_id_that_comes_again_after_many)
{
  lw_text text = LW_TEXT_GROWS;
  lw_text_add(&text, "id,a,y\n");
  for (int i = 0; i < 3000; i++) lw_text_add(&text, "n%d,%d,u\n", i, i);
  const char *same = text_file("same.csv", text.text);
  FINE(BUILD(table, "--train", same, "--rows", "step", "--id", "id", "--target", "y"));
  lw_text_add(&text, "n7,1,u\n");
  const char *again = text_file("again.csv", text.text);
  lw_text_done(&text);
  FAILS(BUILD(table, "--train", again, "--rows", "step", "--id", "id", "--target", "y"),
        LW_ERROR_INPUT, "again.csv' line 3002, column 1 ('id'): 'n7' comes again");
}

Test(table, bad_values)
{
  const char *file = text_file("t.csv", long_form);
  const char *outcomes = text_file("o.csv", "ID,y\n1,a\n2,b\n");
  FAILS(BUILD(table, "--train", file, LONG, "--outcomes", outcomes, "--target", "y"),
        LW_ERROR_INPUT,
        "t.csv' line 5, column 4 ('Value'): a second value of 'HR' at the same time");
  FAILS(BUILD(table, "--train", file, LONG, "--outcomes", outcomes, "--target", "y", "--repeated",
              "first"),
        LW_ERROR_INPUT, "t.csv' line 8, column 1 ('ID'): the id '3' is not in '");
  FAILS(BUILD(table, "--train", file, LONG, "--outcomes",
              text_file("o.csv", "ID,y\n1,a\n3,a\n1,b\n"), "--target", "y"),
        LW_ERROR_INPUT, "o.csv' has the id '1' more than once: lines 2 and 4");
  FAILS(BUILD(table, TABLE("ID,Time,Parameter,Value\n1,0,a,1\n"), LONG, "--outcomes",
              text_file("o.csv", "ID,y\n1,low\n"), "--target", "y", "--question", "numbers"),
        LW_ERROR_INPUT, "o.csv' line 2, column 'y': 'low' is no finite number");
}

Test(table, flags_that_do_not_go_together)
{
  const char *file = text_file("t.csv", "y,a,b\nu,1,2\n");
#define REFUSED(says, ...) FAILS(BUILD(table, "--train", file, __VA_ARGS__), LW_ERROR_INPUT, says)
  REFUSED("--target is missing: the column with the answers", "--rows", "step");
  REFUSED("where a row is a sample", "--target", "y", "--time", "a");
  REFUSED("without --rows sample", "--target", "y", "--rows", "step", "--text", "a");
  REFUSED("--rows value needs --time", "--target", "y", "--rows", "value");
  REFUSED("to ask at each step, a row must be a step", "--target", "y", "--question", "step-class");
  REFUSED("--outcomes needs --id", "--target", "y", "--outcomes", file);
  REFUSED("--question class has one column as --target", "--target", "y,a");
  REFUSED("--label-separator is one character", "--target", "y", "--label-separator", "ab");
  REFUSED("with --decimal-comma cells cannot be split", "--target", "y", "--decimal-comma",
          "--separator", "comma");
  REFUSED("--repeated is refuse or keep", "--target", "y", "--rows", "step", "--repeated", "mean");
}

/* ---- series ---- */

Test(series_task, classes_in_the_order_of_the_header)
{
  const char *train = text_file("a.ts", "@problemName a\n@univariate false\n@classLabel true z b\n"
                                        "@data\n1,2:3,?:z\n4:5:b\n");
  const char *test = text_file("b.ts", "@problemName a\n@univariate false\n@classLabel true b z\n"
                                       "@data\n1:2:b\n");
  FINE(BUILD(series, "--train", train, "--test-from", test));
  PLAN("values 2 class: z,b");
  SAMPLES("a.ts:5 =z : 1,3 2,nan\na.ts:6 =b : 4,5\nb.ts:5 test =b : 1,2\n");
  TELLS("missing: 1 values\n");
  cr_expect(rule.validation == 0.1 && rule.test == 0);
}

Test(series_task, numbers_times_and_next_values)
{
  FINE(BUILD(series, "--train",
             text_file("a.ts", "@problemName a\n@timeStamps true\n"
                               "@targetLabel true\n@data\n(0,1),(2,3):0.5\n")));
  PLAN("values 1 timed ? numbers: target");
  SAMPLES("a.ts:5 =0.5 : 1 3 @0 2\n");
  FINE(BUILD(series, "--train",
             text_file("a.tsf", "@relation a\n@attribute n string\n@frequency daily\n@data\n"
                                "T1:1,2,3\n"),
             "--horizon", "1", "--window", "2"));
  PLAN("values 1 window 2/0 next values 1 of 1");
  SAMPLES("a.tsf:5 T1 : 1 2 3\n");
  FINE(BUILD(series, "--train", text_file("a.tsv", "1\t2\t3\n2\t4\t5\n")));
  PLAN("values 1 class");
  SAMPLES("a.tsv:1 =1 : 2 3\na.tsv:2 =2 : 4 5\n");
}

Test(series_task, files_that_do_not_go_together)
{
#define ONE "@problemName a\n@classLabel true a\n@data\n1,2:a\n"
  const char *train = text_file("a.ts", ONE);
  FAILS(BUILD(series, "--train", train, "--test-from",
              text_file("b.ts", "@problemName a\n@targetLabel true\n@data\n1:1\n")),
        LW_ERROR_INPUT, "have different kinds of targets: classes, numbers or none");
  FAILS(BUILD(series, "--train", train, "--test-from",
              text_file("b.ts", "@problemName a\n@classLabel true a\n@data\n1:2:a\n")),
        LW_ERROR_INPUT, "b.ts' has 2 channels, '");
  FAILS(BUILD(series, "--train", train, "--test-from",
              text_file("b.ts", "@problemName a\n@timeStamps true\n@classLabel true a\n@data\n")),
        LW_ERROR_INPUT, "has time stamps, the other has none");
  FAILS(BUILD(series, "--train", text_file("b.ts", "@problemName a\n@classLabel true a\n@data\n")),
        LW_ERROR_INPUT, "b.ts' has no samples behind its header");
}
