#include "longwave/op/embed.h"
