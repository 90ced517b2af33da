/* A driver for HDF5's virtual file layer. It reports the same features as the usual driver for
   files (sec2), since they decide where HDF5 puts what: so its bytes equal those of a file on
   disk. */
#define _POSIX_C_SOURCE 200809L
#include "h5_memory.h"
#include "longwave/base/mem.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

enum { PAGE = 4096 };

typedef struct page {
  int64_t offset; /* of its first byte, a multiple of PAGE */
  uint8_t *bytes;
} page;

struct lw_h5_memory {
  page *pages; /* in the order of their offsets */
  int64_t count, room;
  haddr_t end, allocated;
  bool failed; /* a page found no memory */
};

/* What HDF5 keeps of an open file; its own struct comes first. */
typedef struct open_memory {
  H5FD_t common;
  lw_h5_memory *memory;
} open_memory;

lw_status lw_h5_memory_create(lw_h5_memory **out)
{
  return LW_TAKE(out, 1);
}

void lw_h5_memory_destroy(lw_h5_memory **memory)
{
  if (!*memory) return;
  for (int64_t i = 0; i < (*memory)->count; i++) lw_mem_give((*memory)->pages[i].bytes);
  lw_mem_give((*memory)->pages);
  lw_mem_give(*memory);
  *memory = NULL;
}

/* ---- pages ---- */

/* Index in the list of the first page that does not lie before `offset`. */
static int64_t lower_bound(const lw_h5_memory *memory, int64_t offset)
{
  int64_t first = 0, last = memory->count;
  while (first < last) {
    const int64_t middle = (first + last) / 2;
    if (memory->pages[middle].offset < offset)
      first = middle + 1;
    else
      last = middle;
  }
  return first;
}

static uint8_t *find_page(const lw_h5_memory *memory, int64_t offset)
{
  const int64_t at = lower_bound(memory, offset);
  return at < memory->count && memory->pages[at].offset == offset ? memory->pages[at].bytes : NULL;
}

/* A page that is not there becomes one of zeros. NULL: no memory. */
static uint8_t *make_page(lw_h5_memory *memory, int64_t offset)
{
  uint8_t *bytes = find_page(memory, offset);
  if (bytes) return bytes;
  if (LW_EXTEND(&memory->pages, &memory->room, memory->count, memory->count + 1) != LW_OK)
    return NULL;
  if (LW_TAKE(&bytes, PAGE) != LW_OK) return NULL;
  const int64_t at = lower_bound(memory, offset);
  memmove(memory->pages + at + 1, memory->pages + at,
          (size_t)(memory->count - at) * sizeof *memory->pages);
  memory->pages[at] = (page){offset, bytes};
  memory->count++;
  return bytes;
}

/* The part of `bytes` bytes from `offset` on that lies in one page. */
static int64_t part_of(int64_t offset, int64_t bytes)
{
  const int64_t left = PAGE - offset % PAGE;
  return bytes < left ? bytes : left;
}

/* ---- the driver ---- */

static H5FD_t *drive_open(const char *name, unsigned flags, hid_t access, haddr_t most)
{
  lw_h5_memory *const *memory = H5Pget_driver_info(access);
  open_memory *file = NULL;
  (void)name;
  (void)flags;
  (void)most;
  if (!memory || LW_TAKE(&file, 1) != LW_OK) return NULL;
  file->memory = *memory;
  return &file->common;
}

static herr_t drive_close(H5FD_t *file)
{
  lw_mem_give(file);
  return 0;
}

static herr_t drive_query(const H5FD_t *file, unsigned long *flags)
{
  (void)file;
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA;
  return 0;
}

static lw_h5_memory *memory_of(const H5FD_t *file)
{
  return ((const open_memory *)file)->memory;
}

static haddr_t drive_allocated(const H5FD_t *file, H5FD_mem_t type)
{
  (void)type;
  return memory_of(file)->allocated;
}

static herr_t drive_allocate(H5FD_t *file, H5FD_mem_t type, haddr_t end)
{
  (void)type;
  memory_of(file)->allocated = end;
  return 0;
}

static haddr_t drive_end(const H5FD_t *file, H5FD_mem_t type)
{
  (void)type;
  return memory_of(file)->end;
}

static herr_t drive_read(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t offset,
                         size_t bytes, void *data)
{
  const lw_h5_memory *memory = memory_of(file);
  (void)type;
  (void)transfer;
  for (int64_t done = 0, now; done < (int64_t)bytes; done += now) {
    const int64_t at = (int64_t)offset + done;
    now = part_of(at, (int64_t)bytes - done);
    const uint8_t *source = find_page(memory, at - at % PAGE);
    if (source)
      memcpy((uint8_t *)data + done, source + at % PAGE, (size_t)now);
    else
      memset((uint8_t *)data + done, 0, (size_t)now);
  }
  return 0;
}

static herr_t drive_write(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t offset,
                          size_t bytes, const void *data)
{
  lw_h5_memory *memory = memory_of(file);
  (void)type;
  (void)transfer;
  for (int64_t done = 0, now; done < (int64_t)bytes; done += now) {
    const int64_t at = (int64_t)offset + done;
    now = part_of(at, (int64_t)bytes - done);
    uint8_t *target = make_page(memory, at - at % PAGE);
    if (target) memcpy(target + at % PAGE, (const uint8_t *)data + done, (size_t)now);
    memory->failed = memory->failed || !target;
  }
  if (offset + bytes > memory->end) memory->end = offset + bytes;
  return 0;
}

static herr_t drive_truncate(H5FD_t *file, hid_t transfer, hbool_t closing)
{
  (void)transfer;
  (void)closing;
  memory_of(file)->end = memory_of(file)->allocated;
  return 0;
}

static hid_t driver(void)
{
  static const H5FD_class_t about = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = 511, /* one of those for use within an organisation */
#endif
    .name = "longwave-memory",
    .maxaddr = ((haddr_t)1 << 63) - 1,
    .fc_degree = H5F_CLOSE_WEAK,
    .fapl_size = sizeof(lw_h5_memory *),
    .open = drive_open,
    .close = drive_close,
    .query = drive_query,
    .get_eoa = drive_allocated,
    .set_eoa = drive_allocate,
    .get_eof = drive_end,
    .read = drive_read,
    .write = drive_write,
    .truncate = drive_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
  };
  static hid_t id = H5I_INVALID_HID;
  if (id < 0) id = H5FDregister(&about);
  return id;
}

void lw_h5_memory_use(hid_t access, lw_h5_memory *memory)
{
  H5Pset_driver(access, driver(), &memory);
}

/* ---- to the disk ---- */

int64_t lw_h5_memory_bytes(const lw_h5_memory *memory)
{
  return (int64_t)memory->end;
}

static lw_status save_page(const page *from, int64_t bytes, int file, const char *path)
{
  for (int64_t done = 0; done < bytes;) {
    const ssize_t now =
        pwrite(file, from->bytes + done, (size_t)(bytes - done), from->offset + done);
    if (now < 0 && errno == EINTR) continue;
    if (now <= 0)
      return lw_fail(LW_ERROR_FILE, "cannot write '%s': %s", path,
                     now < 0 ? lw_reason(errno) : "the disk is full");
    done += now;
  }
  return LW_OK;
}

lw_status lw_h5_memory_save(const lw_h5_memory *memory, int file, const char *path)
{
  lw_status status = LW_OK;
  if (memory->failed)
    return lw_fail(LW_ERROR_MEMORY, "out of memory while making the head of '%s'", path);
  for (int64_t i = 0; i < memory->count && status == LW_OK; i++) {
    const int64_t left = (int64_t)memory->end - memory->pages[i].offset;
    status = save_page(&memory->pages[i], left < PAGE ? left : PAGE, file, path);
  }
  return status;
}
