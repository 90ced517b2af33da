#include "longwave/op/smooth.h"
