#include "longwave/op/linear.h"
