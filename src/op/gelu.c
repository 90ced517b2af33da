#include "longwave/op/gelu.h"
