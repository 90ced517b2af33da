/** Texts in a folder with one folder a class and one .txt file a document (aclImdb's train and
 *  test). What is passed over there is counted in the notes: folders that are no class, files
 *  beside them, other endings, hidden entries, folders in the folder of a class. */
#ifndef LONGWAVE_TASK_TEXT_FOLDER_H
#define LONGWAVE_TASK_TEXT_FOLDER_H

#include "passed_over.h"

/** A folder, or a link to one. */
bool lw_text_is_folder(const char *path);

/** Append all documents, class by class, each class in the order of the numbers that names begin
 *  with. like: NULL, or the data set whose classes these must be: a folder of documents that is no
 *  class is then refused, and a class may be missing. Errors: LW_ERROR_FILE; LW_ERROR_INPUT with
 *  the file and the byte. */
LW_MUST_USE lw_status lw_text_folder_read(lw_product *product, const char *path, const char *like,
                                          lw_samples *samples, lw_passed_over *passed);

#endif
