/** The version of the program; meson.build refuses to go on when its own is another. */
#ifndef LONGWAVE_BASE_VERSION_H
#define LONGWAVE_BASE_VERSION_H

#define LW_VERSION "0.1.0"

#endif
