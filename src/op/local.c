#include "longwave/op/local.h"
