// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The system's headers, in the one order in which they understand each other.
// clang-format off
#include <winsock2.h>
#include <windows.h>
#include <winternl.h>
#include <ws2ipdef.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include <pdh.h>
#include <pdhmsg.h>
#include <psapi.h>
#include <sddl.h>
#include <winioctl.h>
#include <wtsapi32.h>
// clang-format on
