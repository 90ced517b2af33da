/** Sequences of letters in files (DNA, RNA, proteins), plain or gzip: FASTA, plain lines, and
 *  GenBank with its features. A record is read in pieces, so it may be of any length; of GenBank,
 *  the ranges of its features stay in memory. Local.
 *  Sources: the FASTA format of NCBI; "The DDBJ/ENA/GenBank Feature Table Definition", 3.4
 *  (location), and the release notes of GenBank, 3.4 (entries). */
#ifndef LONGWAVE_PARSE_LETTERS_H
#define LONGWAVE_PARSE_LETTERS_H

#include "longwave/base/choice.h"
#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

/** Letters as they stand: A to Z, a to z, '*', '-' and '.'. */
#define LW_LETTER_CASE_CHOICES(TYPE, ITEM)                                                         \
  TYPE(lw_letter_case)                                                                             \
  ITEM(LW_LETTER_CASE_KEEP, "keep")                                                                \
  ITEM(LW_LETTER_CASE_UPPER, "upper")                                                              \
  ITEM(LW_LETTER_CASE_LOWER, "lower")
LW_CHOICE(LW_LETTER_CASE_CHOICES);

/** What a letter becomes: a table from byte to byte. */
typedef struct lw_letter_map {
  uint8_t to[256]; /* 0: the byte is no letter */
} lw_letter_map;

/** unknown: 0, or what all letters but `known` ("ACGT"), in either case, become, such as 'N'. */
lw_letter_map lw_letter_map_of(lw_letter_case how, const char *known, char unknown);

#define LW_LETTERS_FORM_CHOICES(TYPE, ITEM)                                                        \
  TYPE(lw_letters_form)                                                                            \
  ITEM(LW_LETTERS_FASTA, "fasta") /* records that begin with a line of '>' and a name */           \
  ITEM(LW_LETTERS_LINES, "lines") /* a record a line, without names */                             \
  ITEM(LW_LETTERS_WHOLE, "whole") /* the file is one record, whatever its lines */                 \
  ITEM(LW_LETTERS_GENBANK, "genbank")
LW_CHOICE(LW_LETTERS_FORM_CHOICES);

/** What the beginning of a file looks like: '>' FASTA, "LOCUS" GenBank, else lines. Errors:
 *  LW_ERROR_FILE; LW_ERROR_FORMAT for an empty file. */
LW_MUST_USE lw_status lw_letters_form_of(const char *path, lw_letters_form *form);

typedef struct lw_letters lw_letters;

/** map is copied. Errors: LW_ERROR_FILE, LW_ERROR_FORMAT. */
LW_MUST_USE lw_status lw_letters_open(const char *path, lw_letters_form form,
                                      const lw_letter_map *map, lw_letters **out);
void lw_letters_close(lw_letters **letters);

/** Where `first` <= step < `behind`, from 0. */
typedef struct lw_letter_range {
  int64_t first, behind;
  int32_t feature; /* index */
  bool complement; /* on the other strand */
} lw_letter_range;

typedef struct lw_letters_record {
  const char *name; /* FASTA: the line behind '>' without blanks around it; GenBank: the version, or
                       the accession, or the name of its locus; else "" */
  int64_t line;     /* where it begins, from 1 */
  /* of GenBank */
  bool circular;
  int64_t length;             /* letters; -1: only known at the end */
  const char *const *feature; /* [features] the kinds in the order of the file, such as "CDS" */
  int64_t features;
  const lw_letter_range *range; /* [ranges] in the order of their features */
  int64_t ranges;
  int64_t elsewhere; /* ranges of other records, which are passed over */
} lw_letters_record;

/** The next record, borrowed until the next call; *record is NULL at the end of the file. What is
 *  left of the last one is passed over. Errors: LW_ERROR_FILE; LW_ERROR_FORMAT with path and
 *  line. */
LW_MUST_USE lw_status lw_letters_next(lw_letters *letters, const lw_letters_record **record);
/** The next letters of the record, at most `room`; 0 at its end. Errors: LW_ERROR_FILE;
 *  LW_ERROR_FORMAT with path and line: no letter, no letters at all, not as many as announced. */
LW_MUST_USE lw_status lw_letters_take(lw_letters *letters, uint8_t *text, int64_t room,
                                      int64_t *count);

/** labels [count] of steps [first, first + count): the index + 1 of the kind, among `kinds`
 *  [kind_count], of the last feature over the step, on either strand; 0 without one. */
void lw_letters_labels(const lw_letters_record *record, const char *const *kinds,
                       int64_t kind_count, int64_t first, int64_t count, uint8_t *labels);

#endif
