// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// A part as its maker labelled it. Texts are empty where nobody tells them, also where the firmware holds one of the
/// phrases that makers forget to replace ("To Be Filled By O.E.M.").
struct HardwareLabel {
    std::string manufacturer;
    std::string product;
    std::string version;
    std::string serial;
    std::string assetTag;

    friend bool operator==(const HardwareLabel&, const HardwareLabel&) = default;
};

struct Firmware {
    std::string vendor;
    std::string version;
    std::string date; ///< as the firmware has it, mostly MM/DD/YYYY

    friend bool operator==(const Firmware&, const Firmware&) = default;
};

/// A processor in its socket.
struct Processor {
    std::string socket;
    std::string manufacturer;
    std::string model;
    std::optional<std::uint32_t> cores;
    std::optional<std::uint32_t> threads;
    std::optional<std::uint32_t> maxMegahertz;

    friend bool operator==(const Processor&, const Processor&) = default;
};

/// A place for a memory module. `bytes` is 0 where none is plugged in and absent where its size is not known.
struct MemoryDevice {
    std::string locator; ///< "DIMM_A1"
    std::string bank;
    std::optional<std::uint64_t> bytes;
    std::string type;                                ///< "DDR4"
    std::string formFactor;                          ///< "DIMM", "SODIMM"
    std::optional<std::uint32_t> megatransfers;      ///< per second, what the module can do
    std::optional<std::uint32_t> megatransfersInUse; ///< what it was set to
    std::string manufacturer;
    std::string serial;
    std::string partNumber;

    friend bool operator==(const MemoryDevice&, const MemoryDevice&) = default;
};

struct Disk {
    std::string name; ///< "sda", "PhysicalDrive0"
    std::string model;
    std::string serial;
    std::optional<std::uint64_t> bytes;
    std::optional<bool> rotational;

    friend bool operator==(const Disk&, const Disk&) = default;
};

struct NetworkCard {
    std::string name;  ///< of its interface
    std::string model; ///< empty where only its driver is known
    std::string driver;
    std::string address; ///< "52:54:00:12:34:56"

    friend bool operator==(const NetworkCard&, const NetworkCard&) = default;
};

/// What the machine is made of. Everything in it stays the same from one reading to the next until somebody changes it.
struct Hardware {
    HardwareLabel system;
    std::string family; ///< of the system's products
    std::string sku;
    std::string uuid; ///< lower case; empty where nobody set one
    HardwareLabel board;
    HardwareLabel chassis;
    std::string chassisType; ///< "desktop", "laptop", "rack mount"…
    Firmware firmware;
    std::vector<Processor> processors;
    std::vector<MemoryDevice> memory;
    std::vector<Disk> disks;
    std::vector<NetworkCard> networkCards;
    std::vector<std::string> warnings;

    friend bool operator==(const Hardware&, const Hardware&) = default;
};

/// Reads all of it anew, some milliseconds. Partial where not everything is told to this account: on Linux the table of
/// the firmware, with modules and serial numbers, is root's and whom root gives it. NotAvailable where nothing of it
/// can be had. Any thread.
[[nodiscard]] Result<Hardware> readHardware(const Roots& roots);

} // namespace sextant::platform
