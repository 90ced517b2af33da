#include "longwave/base/option.h"
