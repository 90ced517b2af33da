/* How the report looks, and the few ways in which its parts write. */
#include "report.h"
#include "longwave/base/mem.h"
#include "longwave/base/version.h"
#include <errno.h>
#include <string.h>

/* Charts come from gnuplot with colours that nothing else has (report_charts.c): here they become
   those of the page, so that one drawing is right in light and in dark. */
static const char style[] =
    ":root{color-scheme:light dark;--page:#fbfbfa;--card:#fff;--text:#1d2127;--quiet:#5d6672;"
    "--line:#d9dce1;--accent:#2563c9;--s0:#2563c9;--s1:#d9480f;--s2:#2b8a3e;--s3:#9c36b5;"
    "--s4:#b8860b;--s5:#0b7285;--s6:#c2255c;--s7:#5c5f66;"
    "--s8:#74c0fc;--s9:#ffa8a8;--s10:#ced4da}"
    "@media(prefers-color-scheme:dark){:root{--page:#14171b;--card:#1c2026;--text:#e4e7eb;"
    "--quiet:#9aa4b1;--line:#343b45;--accent:#6ea8fe;--s0:#6ea8fe;--s1:#ff922b;--s2:#69db7c;"
    "--s3:#e599f7;--s4:#ffd43b;--s5:#3bc9db;--s6:#f783ac;--s7:#adb5bd;"
    "--s8:#1c5fa8;--s9:#a63030;--s10:#495057}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:1240px;padding:1.2rem 1rem 3rem;background:var(--page);"
    "color:var(--text);font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",sans-serif}"
    "h1{font-size:1.7rem;line-height:1.2;margin:.2rem 0}"
    "h2{font-size:1.25rem;margin:0 0 .2rem}h3{font-size:1rem;margin:.8rem 0 .3rem}"
    "p{margin:.2rem 0 .8rem}.quiet,.note{color:var(--quiet)}.note{font-style:italic}"
    "nav{display:flex;flex-wrap:wrap;gap:.3rem 1rem;margin:.6rem 0 1rem}"
    "a{color:var(--accent)}"
    "section{background:var(--card);border:1px solid var(--line);border-radius:10px;"
    "padding:1rem 1.1rem;margin:0 0 1rem}"
    ".wide{overflow-x:auto;max-width:100%}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.25rem .7rem .25rem 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--line);white-space:nowrap}"
    "th{font-weight:600;color:var(--quiet);font-size:.87rem;white-space:normal;"
    "vertical-align:bottom;line-height:1.25;min-width:4.5rem}"
    ".chip{display:inline-block;width:.75em;height:.75em;border-radius:3px;margin-right:.4em}"
    ".legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:.2rem 0 .8rem}"
    ".charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));"
    "gap:1rem 1.4rem}"
    "figure{margin:0}figcaption{font-weight:600;font-size:.95rem}"
    ".charts svg{width:100%;height:auto;display:block}"
    "@media(max-width:600px){.charts svg text{font-size:18px}}"
    "svg [stroke=\"rgb(  1,   1,   1)\"]{stroke:var(--quiet)}"
    "svg [stroke=\"rgb(  2,   2,   2)\"]{stroke:var(--line)}"
    "svg [fill=\"rgb(1,1,1)\"]{fill:var(--quiet)}"
    "svg [stroke=\"rgb(  3,   0,   0)\"]{stroke:var(--s0)}"
    "svg [stroke=\"rgb(  3,   0,   1)\"]{stroke:var(--s1)}"
    "svg [stroke=\"rgb(  3,   0,   2)\"]{stroke:var(--s2)}"
    "svg [stroke=\"rgb(  3,   0,   3)\"]{stroke:var(--s3)}"
    "svg [stroke=\"rgb(  3,   0,   4)\"]{stroke:var(--s4)}"
    "svg [stroke=\"rgb(  3,   0,   5)\"]{stroke:var(--s5)}"
    "svg [stroke=\"rgb(  3,   0,   6)\"]{stroke:var(--s6)}"
    "svg [stroke=\"rgb(  3,   0,   7)\"]{stroke:var(--s7)}"
    ".bar{display:flex;height:1.5rem;border-radius:5px;overflow:hidden;margin:.15rem 0 .7rem}"
    ".confusion td,.confusion th{padding:.2rem .45rem;text-align:right;vertical-align:middle;"
    "min-width:0;white-space:nowrap}"
    ".confusion th:first-child{text-align:left}"
    ".grids{display:flex;flex-wrap:wrap;gap:1rem 2rem}.grids>div{max-width:100%}"
    ".maps img{display:block;max-width:100%;height:auto;border-radius:6px;margin:.4rem 0 1rem}"
    ".sheet{display:grid;grid-template-columns:repeat(auto-fill,minmax(104px,1fr));gap:.8rem}"
    ".sheet img{width:100%;image-rendering:pixelated;border-radius:4px;display:block}"
    ".sheet figcaption{font-weight:400;font-size:.85rem;line-height:1.3;overflow-wrap:anywhere}"
    ".right{color:var(--s2)}.wrong{color:var(--s1)}"
    ".sample{font:.86rem/1.45 ui-monospace,monospace;overflow-wrap:anywhere;margin:0 0 .7rem}"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,250px),1fr));"
    "gap:.4rem 1.6rem}"
    ".cards td{white-space:normal;overflow-wrap:anywhere;font-size:.9rem}"
    ".cards td:first-child{color:var(--quiet);white-space:nowrap}.cards table{width:100%;"
    "max-width:360px}.cards td:first-child{width:45%}"
    "details{margin:.3rem 0}summary{cursor:pointer;font-weight:600}";

static const struct {
  const char *id, *title;
} parts[] = {{"summary", "Summary"},     {"curves", "Curves"},          {"time", "Time"},
             {"confusion", "Confusion"}, {"attention", "Attention"},    {"samples", "Samples"},
             {"settings", "Settings"},   {"environment", "Environment"}};

void report_text(const report *r, const char *text)
{
  for (; *text; text++) switch (*text) {
    case '&':
      fputs("&amp;", r->out);
      break;
    case '<':
      fputs("&lt;", r->out);
      break;
    case '>':
      fputs("&gt;", r->out);
      break;
    case '"':
      fputs("&quot;", r->out);
      break;
    default:
      fputc(*text, r->out);
    }
}

/* The file's own name, if there is one for all runs. */
static const char *name_data(const lw_run_views *views)
{
  const char *data = views->list->job.data.path, *slash = strrchr(data, '/');
  for (int64_t i = 1; i < views->count; i++)
    if (strcmp(views->list[i].job.data.path, data) != 0) return "several data sets";
  return slash ? slash + 1 : data;
}

const char report_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>Report: ";

void report_begin(const report *r)
{
  const lw_run_views *views = r->views;
  fputs(report_head, r->out);
  report_text(r, views->names[0]);
  fprintf(r->out, "%s</title>\n<style>%s</style>\n</head>\n<body>\n<header>\n<h1>",
          views->rows > 1 ? " and others" : "", style);
  report_text(r, views->rows > 1 ? "Comparison of runs" : views->names[0]);
  fprintf(r->out, "</h1>\n<p class=\"quiet\">%lld run%s, %lld setting%s, on ",
          (long long)views->count, views->count > 1 ? "s" : "", (long long)views->rows,
          views->rows > 1 ? "s" : "");
  report_text(r, name_data(views));
  fprintf(r->out, ". Longwave %s.</p>\n<nav>\n", LW_VERSION);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    fprintf(r->out, "<a href=\"#%s\">%s</a>\n", parts[i].id, parts[i].title);
  fputs("</nav>\n</header>\n<main>\n", r->out);
}

void report_end(const report *r)
{
  fputs("</main>\n</body>\n</html>\n", r->out);
}

void report_section(const report *r, const char *id, const char *title, const char *sentence)
{
  fprintf(r->out, "<section id=\"%s\">\n<h2>%s</h2>\n<p class=\"quiet\">%s</p>\n", id, title,
          sentence);
}

void report_section_end(const report *r)
{
  fputs("</section>\n", r->out);
}

void report_note(const report *r, const char *sentence)
{
  fputs("<p class=\"note\">", r->out);
  report_text(r, sentence);
  fputs("</p>\n", r->out);
}

void report_row_name(const report *r, int64_t row)
{
  fprintf(r->out, "<span><span class=\"chip\" style=\"background:var(--s%lld)\"></span>",
          (long long)(row % REPORT_COLOURS));
  report_text(r, r->views->names[row]);
  fputs("</span>", r->out);
}

/* Three bytes to four letters. */
static void write_base64(FILE *out, FILE *in)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  unsigned char bytes[3];
  size_t got;
  while ((got = fread(bytes, 1, 3, in)) > 0) {
    for (size_t i = got; i < 3; i++) bytes[i] = 0;
    const unsigned word = (unsigned)bytes[0] << 16 | (unsigned)bytes[1] << 8 | bytes[2];
    for (size_t i = 0; i < 4; i++) fputc(i <= got ? letters[word >> (18 - 6 * i) & 63] : '=', out);
  }
}

lw_status report_picture(const report *r, const char *path)
{
  FILE *file = fopen(path, "rb");
  if (!file) return lw_fail(LW_ERROR_FILE, "cannot open %s: %s", path, lw_reason(errno));
  fputs("data:image/png;base64,", r->out);
  write_base64(r->out, file);
  const int bad = ferror(file);
  fclose(file);
  return bad ? lw_fail(LW_ERROR_FILE, "cannot read %s; try again", path) : LW_OK;
}
