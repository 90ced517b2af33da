/** The two file formats of small labelled pictures: idx (MNIST and its kin) and CIFAR-10's binary
 *  batches. Both append to `samples`, pixels row by row. */
#ifndef LONGWAVE_TASK_IMAGE_FILES_H
#define LONGWAVE_TASK_IMAGE_FILES_H

#include "longwave/task/images.h"
#include "longwave/parse/source.h"

/** The class that the label `byte` means. more: the end of the sentence. Errors: LW_ERROR_FORMAT
 *  with path and offset. */
LW_MUST_USE lw_status lw_image_label(const lw_product *product, uint8_t byte,
                                     const lw_source *source, const char *more, int32_t *label);

typedef struct lw_image_shape {
  int64_t rows, columns;
} lw_image_shape;

/** product: what labels mean. *shape: of every image; zero on entry, or what it must be. Errors:
 *  LW_ERROR_FILE; LW_ERROR_FORMAT with path and byte. */
LW_MUST_USE lw_status lw_idx_load(const char *images, const char *labels, const lw_product *product,
                                  lw_samples *samples, lw_image_shape *shape);
/** The same for one CIFAR-10 batch, made grey. */
LW_MUST_USE lw_status lw_cifar_load(const char *path, lw_grey grey, const lw_product *product,
                                    lw_samples *samples, lw_image_shape *shape);

#endif
