/** A YAML file as a tree, for files whose keys no table of options can know (the grid of a study).
 *  As in job files, anchors, aliases and tags are refused, and so is a key that is given twice.
 *  Local. Not here: job files (base/option.h). */
#ifndef LONGWAVE_BASE_TREE_H
#define LONGWAVE_BASE_TREE_H

#include "longwave/base/status.h"

typedef enum lw_tree_kind { LW_TREE_TEXT, LW_TREE_LIST, LW_TREE_MAPPING } lw_tree_kind;

typedef struct lw_tree {
  lw_tree_kind kind;
  char *key;  /* owned; NULL except in a mapping */
  char *text; /* owned; LW_TREE_TEXT only */
  int line, column;
  struct lw_tree *child, *next; /* owned; the first child, the next sibling */
} lw_tree;

/** The root is a mapping. Errors: LW_ERROR_FILE, LW_ERROR_MEMORY, LW_ERROR_INPUT with
 *  file:line:column. */
LW_MUST_USE lw_status lw_tree_read(const char *path, lw_tree **out);
/** NULL is fine. */
void lw_tree_destroy(lw_tree **tree);

/** The entry of a mapping, or NULL. */
const lw_tree *lw_tree_find(const lw_tree *mapping, const char *key);

#endif
