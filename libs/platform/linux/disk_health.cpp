// SPDX-License-Identifier: GPL-3.0-or-later
// Sources: linux/nvme_ioctl.h, scsi/sg.h and, for ATA commands in SCSI ones, T10's SAT-3 (12.2.2, ATA PASS-THROUGH
// (16)).
#include "platform/disk_health.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/disk_health.h"
#include "platform/parse/fields.h"

#include <fcntl.h>
#include <linux/nvme_ioctl.h>
#include <scsi/sg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace sextant::platform {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kTimeoutMs = 3'000;
constexpr std::size_t kMaxDisks = 1'000;

using Sector = std::array<std::byte, parse::kHealthBytes>;

std::string attribute(const fs::path& file)
{
    std::array<char, 256> buffer{};
    const auto bytes = readOnce(AT_FDCWD, file.c_str(), buffer);
    return bytes ? parse::diskText(*bytes) : std::string();
}

/// A disk of the kernel and how it is asked.
struct Candidate {
    std::string name;
    fs::path folder; ///< /sys/block/sda
    bool nvme = false;
};

/// NVMe disks, and those that libata gives out as SCSI disks. Others do not speak either language.
std::vector<Candidate> findDisks(const std::string& sys)
{
    std::vector<Candidate> disks;
    std::error_code error;
    for (fs::directory_iterator entry(sys + "/block", error), end; !error && entry != end; entry.increment(error)) {
        Candidate disk{entry->path().filename(), entry->path(), false};
        disk.nvme = disk.name.starts_with("nvme");
        const bool ata = disk.name.starts_with("sd") && attribute(disk.folder / "device/vendor") == "ATA";
        if ((disk.nvme || ata) && disks.size() < kMaxDisks)
            disks.push_back(std::move(disk));
    }
    std::ranges::sort(disks, {}, &Candidate::name);
    return disks;
}

Result<void> askNvme(int file, const std::string& name, DiskHealth& disk)
{
    constexpr std::uint32_t kGetLogPage = 0x02, kHealthPage = 0x02, kWholeController = 0xffffffff;
    Sector page{};
    nvme_admin_cmd command{};
    command.opcode = kGetLogPage;
    command.nsid = kWholeController;
    command.addr = reinterpret_cast<std::uintptr_t>(page.data());
    command.data_len = page.size();
    command.cdw10 = kHealthPage | (page.size() / 4 - 1) << 16;
    command.timeout_ms = kTimeoutMs;
    const int status = ::ioctl(file, NVME_IOCTL_ADMIN_CMD, &command);
    if (status < 0)
        return tl::unexpected(errorFor(errno, name));
    if (status > 0)
        return fail(ErrorCode::Io, name + " does not give its health page: NVMe status " + std::to_string(status));
    return parse::parseNvmeHealth(page, disk);
}

/// An ATA command with its registers, and what came back.
struct AtaCommand {
    std::uint8_t command = 0;
    std::uint8_t feature = 0;
    std::span<std::byte> data{}; ///< a sector that is read, or nothing
    std::array<std::byte, 32> sense{};
};

Result<void> run(int file, const std::string& name, AtaCommand& ata)
{
    constexpr std::uint8_t kPassThrough16 = 0x85;
    constexpr std::uint8_t kNoData = 3 << 1, kReadByBytes = 4 << 1;
    constexpr std::uint8_t kReturnRegisters = 0x20, kFromDisk = 0x08, kBlocks = 0x04, kLengthInCount = 0x02;
    const bool reads = !ata.data.empty();
    std::array<std::uint8_t, 16> block{};
    block[0] = kPassThrough16;
    block[1] = reads ? kReadByBytes : kNoData;
    block[2] = reads ? kFromDisk | kBlocks | kLengthInCount : kReturnRegisters;
    block[4] = ata.feature;
    block[6] = reads ? 1 : 0;
    block[10] = 0x4f; // the signature that SMART asks for; others do not look at it
    block[12] = 0xc2;
    block[14] = ata.command;
    sg_io_hdr_t header{};
    header.interface_id = 'S';
    header.dxfer_direction = reads ? SG_DXFER_FROM_DEV : SG_DXFER_NONE;
    header.cmd_len = block.size();
    header.cmdp = block.data();
    header.dxferp = ata.data.data();
    header.dxfer_len = static_cast<unsigned>(ata.data.size());
    header.sbp = reinterpret_cast<unsigned char*>(ata.sense.data());
    header.mx_sb_len = static_cast<unsigned char>(ata.sense.size());
    header.timeout = kTimeoutMs;
    if (::ioctl(file, SG_IO, &header) < 0)
        return tl::unexpected(errorFor(errno, name));
    if (header.host_status != 0 || (reads && (header.status != 0 || header.resid != 0)))
        return fail(ErrorCode::Io, name + " refuses to tell of its health");
    return {};
}

Result<void> askAta(int file, const Candidate& candidate, DiskHealth& disk)
{
    constexpr std::uint8_t kCheckPowerMode = 0xe5, kSmart = 0xb0, kReadData = 0xd0, kReadThresholds = 0xd1;
    AtaCommand power{.command = kCheckPowerMode};
    if (const auto asked = run(file, candidate.name, power); !asked)
        return asked;
    const bool spins = attribute(candidate.folder / "queue/rotational") != "0";
    const auto awake = parse::motorRuns(power.sense);
    if (spins && !awake.value_or(true)) {
        disk.asleep = true;
        return {};
    }
    Sector data{};
    Sector thresholds{};
    AtaCommand readData{.command = kSmart, .feature = kReadData, .data = data};
    AtaCommand readThresholds{.command = kSmart, .feature = kReadThresholds, .data = thresholds};
    if (const auto read = run(file, candidate.name, readData); !read)
        return read;
    const bool hasThresholds = run(file, candidate.name, readThresholds).has_value();
    return parse::parseAtaHealth(data, hasThresholds ? parse::RawBytes(thresholds) : parse::RawBytes(), spins, disk);
}

Result<DiskHealth> ask(const Candidate& candidate, const Roots& roots)
{
    DiskHealth disk;
    disk.device = candidate.name;
    disk.model = attribute(candidate.folder / "device/model");
    disk.serial = attribute(candidate.folder / "device/serial"); // NVMe only
    if (attribute(candidate.folder / "device/power/runtime_status") == "suspended") {
        disk.asleep = true;
        return disk;
    }
    const std::string path = roots.path("/dev/" + candidate.name);
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!file.isOpen())
        return tl::unexpected(errorFor(errno, path));
    const auto asked =
        candidate.nvme ? askNvme(file.number(), candidate.name, disk) : askAta(file.number(), candidate, disk);
    return asked.map([&disk] { return disk; });
}

} // namespace

Result<DiskHealthReading> readDiskHealth(const Roots& roots)
{
    DiskHealthReading reading;
    std::string refused; // their names
    for (const Candidate& candidate : findDisks(roots.sys)) {
        auto disk = ask(candidate, roots);
        if (disk)
            reading.disks.push_back(std::move(*disk));
        else if (disk.error().code == ErrorCode::Denied || disk.error().code == ErrorCode::NotFound)
            refused += (refused.empty() ? "" : ", ") + candidate.name; // a service without devices finds none in /dev
        else if (disk.error().code != ErrorCode::NotAvailable)
            reading.warnings.push_back(disk.error().message);
    }
    if (!refused.empty())
        reading.warnings.push_back("this account may not ask " + refused +
                                   " for their health (SMART), so there are no figures of it; \"The health of disks\" "
                                   "in docs/agent.md says how to allow it");
    if (reading.disks.empty() && reading.warnings.empty())
        return fail(ErrorCode::NotAvailable, "there is no NVMe or ATA disk that could be asked");
    return reading;
}

} // namespace sextant::platform
