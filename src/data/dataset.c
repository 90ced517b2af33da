#include "longwave/data/dataset.h"
