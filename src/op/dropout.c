#include "longwave/op/dropout.h"
