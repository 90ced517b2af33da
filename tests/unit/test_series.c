/* Files of the archives of time series: every kind and header, and what is refused with which
 * sentence. */
#include "longwave/parse/series.h"
#include "make_task.h"
#include <math.h>

static lw_series *series;
static lw_series_sample sample;

static void end(void)
{
  lw_series_close(&series);
  make_end();
}

TestSuite(series, .init = make_begin, .fini = end);

static lw_status open_text(const char *content)
{
  lw_series_close(&series);
  return lw_series_open(text_file("x.ts", content), &series);
}

static bool next(void)
{
  bool more = false;
  FINE(lw_series_next(series, &sample, &more));
  return more;
}

/* Values of the sample, all channels of a step, then the next step, as text. */
static void expect_values(int64_t steps, int64_t channels, const char *wanted)
{
  char found[256];
  int used = 0;
  cr_assert(sample.steps == steps && sample.channels == channels, "%d x %d", (int)sample.steps,
            (int)sample.channels);
  for (int64_t i = 0; i < steps * channels; i++)
    used += snprintf(found + used, sizeof found - (size_t)used, "%s%g", i ? " " : "",
                     (double)sample.values[i]);
  cr_expect_str_eq(found, wanted);
}

Test(series, ts_with_classes)
{
  FINE(open_text("# a comment\n%# another \xff\n\n@problemName Toy\n@timestamps false\n"
                 "@missing TRUE\n@univariate false\n@dimensions 2\n@equallength false\n"
                 "@seriesLength 3\n@classLabel True walk  1.0\n@data\n"
                 "1,2.5,?:4, NaN,-6E-1:1.0\r\n# between\n7:8,9 : walk \n1:2:?"));
  const lw_series_head *head = lw_series_head_of(series);
  cr_expect(head->kind == LW_SERIES_TS && head->target == LW_SERIES_CLASS && !head->stamped);
  cr_expect_str_eq(head->problem, "Toy");
  cr_assert_eq(head->class_count, 2);
  cr_expect(!strcmp(head->classes[0], "walk") && !strcmp(head->classes[1], "1.0"));
  cr_assert(next());
  expect_values(3, 2, "1 4 2.5 nan nan -0.6");
  cr_expect_str_eq(sample.target, "1.0");
  cr_expect_eq(sample.line, 13);
  cr_expect_null(sample.times);
  cr_assert(next());
  expect_values(2, 2, "7 8 nan 9");
  cr_expect_str_eq(sample.target, "walk");
  cr_expect_eq(sample.line, 15);
  cr_assert(next());
  cr_expect_str_eq(sample.target, "");
  cr_expect_not(next());
}

Test(series, ts_with_numbers_as_targets)
{
  FINE(open_text("@problemName Toy\n@univariate false\n@targetlabel true\n@data\n"
                 "1,2:3,4:-0.5\n1:2:?\n"));
  cr_expect_eq(lw_series_head_of(series)->target, LW_SERIES_NUMBER);
  cr_assert(next());
  expect_values(2, 2, "1 3 2 4");
  cr_expect_eq(sample.number, -0.5);
  cr_expect_eq(lw_series_head_of(series)->channels, 2);
  cr_assert(next());
  cr_expect(isnan(sample.number));
}

Test(series, ts_without_targets)
{
  FINE(open_text("@problemName Toy\n@classLabel false\n@data\n1,2\n3,4,5\n"));
  cr_assert(next());
  expect_values(2, 1, "1 2");
  cr_assert(next());
  expect_values(3, 1, "3 4 5");
}

Test(series, ts_with_time_stamps)
{
#define STAMPED "@problemName Toy\n@timeStamps true\n@classLabel true 1\n@data\n"
  FINE(open_text(STAMPED "(2007-01-01 00:00:00,241.97),(2007-01-01 00:01:00,?) : "
                         "(2007-01-01 00:00:00,1):1\n"
                         ":(2007-01-01 00:00:05,7):1\n"));
  cr_assert(next());
  expect_values(2, 2, "241.97 1 nan nan");
  cr_expect_eq(sample.times[0], 1167609600.0);
  cr_expect_eq(sample.times[1], 1167609660.0);
  cr_assert(next());
  expect_values(1, 2, "nan 7");
  cr_expect_eq(sample.times[0], 1167609605.0);
}

#define ROW_FAILS(content, says)                                                                   \
  do {                                                                                             \
    bool more = false;                                                                             \
    FINE(open_text(content));                                                                      \
    FAILS(lw_series_next(series, &sample, &more), LW_ERROR_INPUT, says);                           \
  } while (0)

Test(series, bad_rows_of_ts)
{
#define HEAD "@problemName Toy\n@classLabel true a b\n@data\n"
  ROW_FAILS(HEAD "1,x:a\n", "x.ts' line 4: channel 1, step 2: 'x' is no finite number; a missing");
  ROW_FAILS(HEAD "1,:a\n", "channel 1, step 2: '' is no finite number");
  ROW_FAILS(HEAD "1:2,inf:a\n", "channel 2, step 2: 'inf' is no finite number");
  ROW_FAILS(HEAD "1e39:a\n", "channel 1, step 1: '1e39' is no finite number");
  ROW_FAILS(HEAD "1:c\n", "the class 'c' is none of those that the header names");
  ROW_FAILS(HEAD "1,2\n", "no target: it is expected behind the last ':'");
  ROW_FAILS(HEAD ":a\n", "the sample has no values");
  ROW_FAILS("@problemName T\n@dimensions 2\n@classLabel true a\n@data\n1:a\n",
            "line 5: 1 channel; the header or the first sample has 2");
  ROW_FAILS("@problemName T\n@targetLabel true\n@data\n1:low\n",
            "the target 'low' is no finite number");
  FINE(open_text(HEAD "1:2:a\n1:2:3:b\n"));
  cr_assert(next());
  bool more = false;
  FAILS(lw_series_next(series, &sample, &more), LW_ERROR_INPUT,
        "line 5: 3 channels; the header or the first sample has 2");
  lw_series_close(&series);
  cr_assert_eq(lw_series_open(bytes_file("z", HEAD "1\0:a\n", sizeof HEAD + 5), &series), LW_OK);
  FAILS(lw_series_next(series, &sample, &more), LW_ERROR_INPUT, "line 4: a zero byte");
}

Test(series, bad_time_stamps)
{
  ROW_FAILS(STAMPED "(x,1):1\n", "channel 1, step 1: the time 'x' is not YYYY-MM-DD with");
  ROW_FAILS(STAMPED "(0,1),(2007-01-01,1):1\n", "step 2: the time '2007-01-01' is not a number");
  ROW_FAILS(STAMPED "(0,1):(1,1):1\n", "channel 2, step 1 has another time than the channels");
  ROW_FAILS(STAMPED "(0 1):1\n", "channel 1, step 1: (time,value) expected");
  ROW_FAILS(STAMPED "(0,1,2):1\n", "'1,2' is no finite number");
  ROW_FAILS(STAMPED "(0,1)(1,1):1\n", "channel 1: a comma is expected between pairs");
  ROW_FAILS(STAMPED "(0,1),:1\n", "channel 1: a comma is expected between pairs");
  ROW_FAILS(STAMPED "(0,1),2(:1\n", "no target: it is expected");
  ROW_FAILS(STAMPED "1,2:1\n", "the sample has no values");
  ROW_FAILS(STAMPED "1,(2,3):1\n", "time stamps are announced, so (time,value) is expected");
}

Test(series, bad_headers)
{
  FAILS(open_text(""), LW_ERROR_INPUT, "x.ts' is empty: it has no line but comments");
  FAILS(open_text("# x\n\n"), LW_ERROR_INPUT, "is empty");
  FAILS(open_text("@problemName x\n"), LW_ERROR_INPUT, "line 2: the file ends before '@data'");
  FAILS(open_text("@problemName x\n1,2:a\n"), LW_ERROR_INPUT,
        "line 2: a line of the header begins with '@'; is '@data' missing?");
  FAILS(open_text("@problemName x\n@dimensions two\n"), LW_ERROR_INPUT,
        "line 2: @dimensions is the number of channels, at least 1");
  FAILS(open_text("@problemName x\n@dimensions 0\n"), LW_ERROR_INPUT, "at least 1");
  FAILS(open_text("@problemName x\n@classLabel true\n"), LW_ERROR_INPUT, "names no classes");
  FAILS(open_text("@problemName x\n@classLabel true a a\n"), LW_ERROR_INPUT,
        "the class 'a' is named twice");
  FAILS(open_text("@problemName x\n@classLabel true a\n@classLabel true b\n"), LW_ERROR_INPUT,
        "classes are named a second time");
  FAILS(open_text("@\n"), LW_ERROR_INPUT, "an '@' without a key");
  FAILS(open_text("@relation x\n@attribute a\n"), LW_ERROR_INPUT, "has a name and a type");
  FAILS(open_text("@relation x\n@data\n"), LW_ERROR_INPUT, "no @attribute of values");
  FAILS(open_text("@relation x\n@attribute t {a,b\n"), LW_ERROR_INPUT, "no closing brace");
  FAILS(open_text("@relation x\n@attribute t {a,,b}\n"), LW_ERROR_INPUT, "an empty name");
  FAILS(open_text("@relation x\n@attribute t {}\n"), LW_ERROR_INPUT, "list of classes is empty");
  FAILS(open_text("@relation x\n@attribute t {a}\n@attribute u {a}\n"), LW_ERROR_INPUT,
        "a second attribute with classes");
  FAILS(open_text("@relation x\n@attribute t {a}\n@attribute u numeric\n"), LW_ERROR_INPUT,
        "an attribute behind the one with classes");
}

Test(series, arff_with_a_step_an_attribute)
{
#define ARFF "@relation 'a toy'\n@attribute att0 numeric\n@attribute att1 REAL\n"
  FINE(open_text("% c\n" ARFF "@attribute target { a, 'b c' }\n@DATA\n1,2,a\n3,?,'b c'\n5,6,?\n"));
  cr_expect_str_eq(lw_series_head_of(series)->problem, "a toy");
  cr_expect_eq(lw_series_head_of(series)->kind, LW_SERIES_ARFF);
  cr_expect_str_eq(lw_series_head_of(series)->classes[1], "b c");
  cr_assert(next());
  expect_values(2, 1, "1 2");
  cr_expect_str_eq(sample.target, "a");
  cr_assert(next());
  expect_values(2, 1, "3 nan");
  cr_expect_str_eq(sample.target, "b c");
  cr_assert(next());
  cr_expect_str_eq(sample.target, "");
  FINE(open_text(ARFF "@attribute y numeric\n@data\n1,2,3.5\n"));
  cr_assert(next());
  cr_expect_eq(sample.number, 3.5);
  ROW_FAILS(ARFF "@attribute target {a}\n@data\n1,2,3,a\n",
            "3 values; the header has 2 attributes");
  ROW_FAILS(ARFF "@attribute target {a}\n@data\n{1 2}\n", "values and a target are expected");
}

Test(series, arff_with_a_row_a_channel)
{
#define RELATIONAL                                                                                 \
  "@relation toy\n@attribute relationalAtt relational\n@attribute att0 numeric\n"                  \
  "@attribute att1 numeric\n@end relationalAtt\n@attribute c {Up,'Down'}\n@data\n"
  FINE(open_text(RELATIONAL "'1,2\\n3,4',Up\n\"5,6\\n7,8\\n\" , 'Down'\n"));
  cr_assert(next());
  expect_values(2, 2, "1 3 2 4");
  cr_expect_str_eq(sample.target, "Up");
  cr_assert(next());
  expect_values(2, 2, "5 7 6 8");
  cr_expect_str_eq(sample.target, "Down");
  ROW_FAILS(RELATIONAL "1,2,Up\n", "a relational attribute in quotes, a comma and the target");
  ROW_FAILS(RELATIONAL "'1,2\\n3,4'\n", "a relational attribute in quotes");
  ROW_FAILS(RELATIONAL "'1,2\\nx,4',Up\n", "channel 2, step 1: 'x'");
}

Test(series, tsf)
{
  FINE(open_text("# c\r\n@relation toy\n@attribute series_group string\n"
                 "@attribute series_name string\n@attribute start_timestamp date\n"
                 "@frequency yearly\n@horizon 4\n@missing true\n@equallength false\n@data\n"
                 "G1:T1:1979-01-01 00-00-00:1,2,?\r\nG1:T2:1979-01-01 00-00-00:4\n"));
  const lw_series_head *head = lw_series_head_of(series);
  cr_expect(head->kind == LW_SERIES_TSF && head->target == LW_SERIES_NOTHING);
  cr_assert(next());
  expect_values(3, 1, "1 2 nan");
  cr_expect_str_eq(sample.name, "T1");
  cr_assert(next());
  expect_values(1, 1, "4");
  cr_expect_str_eq(sample.name, "T2");
  ROW_FAILS("@relation t\n@attribute series_name string\n@data\nT1:x:1,2\n",
            "3 parts split by ':'; the header has 1 attributes");
  FAILS(open_text("@relation t\n@attribute n string\n@targetLabel true\n@data\n"), LW_ERROR_INPUT,
        "a file of forecasting has no target");
}

Test(series, ucr)
{
  FINE(open_text("2\t-0.5\t1\tNaN\t3\n1\t4\tNaN\tNaN\n-1\tNaN\n"));
  cr_expect_eq(lw_series_head_of(series)->kind, LW_SERIES_UCR);
  cr_assert(next());
  expect_values(4, 1, "-0.5 1 nan 3");
  cr_expect_str_eq(sample.target, "2");
  cr_assert(next());
  expect_values(1, 1, "4");
  cr_assert(next());
  expect_values(1, 1, "nan");
  cr_expect_str_eq(sample.target, "-1");
  FINE(open_text("  1.0e+00   2  3.5 \n"));
  cr_assert(next());
  expect_values(2, 1, "2 3.5");
  cr_expect_str_eq(sample.target, "1.0e+00");
  FINE(open_text("1,2,3\n"));
  cr_assert(next());
  expect_values(2, 1, "2 3");
  ROW_FAILS("1\n", "a label and values behind it are expected");
  ROW_FAILS("1\tx\n", "line 1: channel 1, step 1: 'x'");
}
