#include "longwave/op/norm.h"
