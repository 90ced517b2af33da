#include "longwave/op/xent.h"
