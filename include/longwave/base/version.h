/** The version of the program; meson.build's project version, kept equal by tests/lint. */
#ifndef LONGWAVE_BASE_VERSION_H
#define LONGWAVE_BASE_VERSION_H

#define LW_VERSION "0.1.0"

#endif
