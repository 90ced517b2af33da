#include "longwave/op/pool.h"
