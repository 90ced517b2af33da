#include "longwave/base/tree.h"
#include "longwave/base/input.h"
#include "longwave/base/mem.h"
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

enum { DEPTH_MAX = 16 };

typedef struct reader {
  const char *path;
  yaml_parser_t parser;
  yaml_event_t event; /* the current one */
} reader;

static lw_status blame(const reader *r, yaml_mark_t mark, const char *sentence)
{
  return lw_fail(LW_ERROR_INPUT, "%s:%zu:%zu: %s", r->path, mark.line + 1, mark.column + 1,
                 sentence);
}

static lw_status next(reader *r)
{
  char sentence[512];
  yaml_event_delete(&r->event);
  if (yaml_parser_parse(&r->parser, &r->event)) return LW_OK;
  snprintf(sentence, sizeof sentence, "not YAML: %s",
           r->parser.problem ? r->parser.problem : "out of memory");
  return blame(r, r->parser.problem_mark, sentence);
}

/* Anchors, aliases and tags make a file mean more than it shows. */
static bool is_plain(const yaml_event_t *event)
{
  switch (event->type) {
  case YAML_SCALAR_EVENT:
    return !event->data.scalar.anchor && !event->data.scalar.tag;
  case YAML_SEQUENCE_START_EVENT:
    return !event->data.sequence_start.anchor && !event->data.sequence_start.tag;
  case YAML_MAPPING_START_EVENT:
    return !event->data.mapping_start.anchor && !event->data.mapping_start.tag;
  default:
    return false;
  }
}

static lw_status copy_scalar(const reader *r, char **out)
{
  const char *text = (const char *)r->event.data.scalar.value;
  const size_t length = r->event.data.scalar.length;
  if (strlen(text) != length)
    return blame(r, r->event.start_mark, "a value must not hold a zero byte");
  lw_status status = LW_TAKE(out, (int64_t)length + 1);
  if (status == LW_OK) memcpy(*out, text, length);
  return status;
}

/* Reads the key that is the current event and leaves the first event of its value. */
static lw_status read_key(reader *r, const lw_tree *mapping, char **key)
{
  lw_status status = LW_OK;
  if (r->event.type != YAML_SCALAR_EVENT || !is_plain(&r->event))
    LW_TRY(blame(r, r->event.start_mark, "a key must be a single word"));
  if (lw_tree_find(mapping, (const char *)r->event.data.scalar.value))
    LW_TRY(blame(r, r->event.start_mark, "this key is given twice"));
  LW_TRY(copy_scalar(r, key));
  LW_TRY(next(r));
done:
  return status;
}

/* The node whose first event is the current one, at *out; leaves its last event. What was made so
   far belongs to *out even on failure. */
static lw_status read_node(reader *r, int depth, lw_tree **out)
{
  char *key = NULL;
  lw_status status = LW_TAKE(out, 1);
  if (status != LW_OK) return status;
  lw_tree *node = *out, **link = &node->child;
  node->line = (int)r->event.start_mark.line + 1;
  node->column = (int)r->event.start_mark.column + 1;
  if (!is_plain(&r->event))
    LW_TRY(blame(r, r->event.start_mark, "anchors, aliases and tags are not supported"));
  if (depth > DEPTH_MAX) LW_TRY(blame(r, r->event.start_mark, "nested too deeply"));
  if (r->event.type == YAML_SCALAR_EVENT) return copy_scalar(r, &node->text);

  const bool mapping = r->event.type == YAML_MAPPING_START_EVENT;
  const yaml_event_type_t end = mapping ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
  node->kind = mapping ? LW_TREE_MAPPING : LW_TREE_LIST;
  for (;; link = &(*link)->next) {
    LW_TRY(next(r));
    if (r->event.type == end) break;
    if (mapping) LW_TRY(read_key(r, node, &key));
    assert(link);
    status = read_node(r, depth + 1, link);
    if (*link)
      (*link)->key = key;
    else
      lw_mem_give(key);
    key = NULL;
    LW_TRY(status);
  }
done:
  lw_mem_give(key);
  return status;
}

static lw_status read_stream(reader *r, lw_tree **out)
{
  lw_status status = LW_OK;
  LW_TRY(next(r)); /* the start of the stream */
  LW_TRY(next(r)); /* of the document, or the end */
  if (r->event.type == YAML_DOCUMENT_START_EVENT) LW_TRY(next(r));
  if (r->event.type != YAML_MAPPING_START_EVENT)
    LW_TRY(blame(r, r->event.start_mark, "lines 'key: value' are expected"));
  LW_TRY(read_node(r, 0, out));
  LW_TRY(next(r)); /* the end of the document */
  LW_TRY(next(r));
  if (r->event.type != YAML_STREAM_END_EVENT)
    LW_TRY(blame(r, r->event.start_mark, "a second document begins here"));
done:
  return status;
}

lw_status lw_tree_read(const char *path, lw_tree **out)
{
  reader r = {.path = path};
  lw_tree *tree = NULL;
  FILE *file = fopen(path, "rb");
  if (!file) return lw_fail(LW_ERROR_FILE, "cannot open %s: %s", path, lw_reason(errno));
  lw_status status = LW_ERROR_MEMORY;
  lw_input_note(path);
  if (yaml_parser_initialize(&r.parser)) {
    yaml_parser_set_input_file(&r.parser, file);
    status = read_stream(&r, &tree);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
  } else {
    status = lw_fail(LW_ERROR_MEMORY, "out of memory while reading %s", path);
  }
  fclose(file);
  if (status == LW_OK)
    *out = tree;
  else
    lw_tree_destroy(&tree);
  return status;
}

void lw_tree_destroy(lw_tree **tree)
{
  for (lw_tree *node = *tree, *next; node; node = next) {
    next = node->next;
    lw_tree_destroy(&node->child);
    lw_mem_give(node->key);
    lw_mem_give(node->text);
    lw_mem_give(node);
  }
  *tree = NULL;
}

const lw_tree *lw_tree_find(const lw_tree *mapping, const char *key)
{
  for (const lw_tree *entry = mapping ? mapping->child : NULL; entry; entry = entry->next)
    if (entry->key && !strcmp(entry->key, key)) return entry;
  return NULL;
}
