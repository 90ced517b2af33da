#include "longwave/op/adam.h"
