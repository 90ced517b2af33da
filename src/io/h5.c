#include "longwave/io/h5.h"
