#include "longwave/data/batch.h"
