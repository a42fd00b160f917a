// SPDX-License-Identifier: GPL-3.0-or-later
// Declarations after the NVML API Reference Guide (docs.nvidia.com/deploy/nvml-api): only what is called, the versions
// of functions that drivers have had since 2014.
#include "platform/nvml.h"

#include "platform/shared_library.h"

#include <array>
#include <utility>

namespace sextant::platform {
namespace {

using Device = void*; // nvmlDevice_t

struct Utilization { // nvmlUtilization_t, percent
    unsigned gpu;
    unsigned memory;
};
struct Memory { // nvmlMemory_t, bytes
    unsigned long long total;
    unsigned long long free;
    unsigned long long used;
};

// nvmlReturn_t
constexpr int kSuccess = 0;
constexpr int kDriverNotLoaded = 9;
// nvmlTemperatureSensors_t and nvmlClockType_t
constexpr int kSensorOfGpu = 0;
constexpr int kClockOfShaders = 1;
constexpr int kClockOfMemory = 2;

constexpr unsigned kMaxDevices = 256;

tl::unexpected<Error> nvmlError(int code, const char* what)
{
    return fail(code == kDriverNotLoaded ? ErrorCode::NotAvailable : ErrorCode::Io,
        std::string("NVML: ") + what + " failed with code " + std::to_string(code));
}

} // namespace

/// The library between nvmlInit and nvmlShutdown.
class Nvml::Session {
public:
    static Result<std::unique_ptr<Session>> open(const std::vector<std::string>& libraries);
    ~Session()
    {
        if (m_begun)
            m_shutdown();
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    Result<std::vector<Gpu>> read() const;

private:
    using NumberOf = int(Device, unsigned* number);
    using TextOf = int(Device, char* text, unsigned size);
    using NumberOfKind = int(Device, int kind, unsigned* number);

    Session() = default;
    bool findFunctions();
    Gpu describe(Device device) const;

    SharedLibrary m_library;
    bool m_begun = false;
    int (*m_init)() = nullptr;
    int (*m_shutdown)() = nullptr;
    int (*m_count)(unsigned* count) = nullptr;
    int (*m_device)(unsigned index, Device* device) = nullptr;
    int (*m_utilization)(Device, Utilization*) = nullptr;
    int (*m_memory)(Device, Memory*) = nullptr;
    TextOf* m_uuid = nullptr;
    TextOf* m_name = nullptr;
    NumberOf* m_power = nullptr;      // milliwatts
    NumberOf* m_powerLimit = nullptr; // milliwatts
    NumberOf* m_fan = nullptr;        // percent
    NumberOfKind* m_temperature = nullptr;
    NumberOfKind* m_clock = nullptr; // megahertz
};

bool Nvml::Session::findFunctions()
{
    return m_library.find("nvmlInit_v2", m_init) && m_library.find("nvmlShutdown", m_shutdown) &&
           m_library.find("nvmlDeviceGetCount_v2", m_count) &&
           m_library.find("nvmlDeviceGetHandleByIndex_v2", m_device) &&
           m_library.find("nvmlDeviceGetUtilizationRates", m_utilization) &&
           m_library.find("nvmlDeviceGetMemoryInfo", m_memory) && m_library.find("nvmlDeviceGetUUID", m_uuid) &&
           m_library.find("nvmlDeviceGetName", m_name) && m_library.find("nvmlDeviceGetPowerUsage", m_power) &&
           m_library.find("nvmlDeviceGetEnforcedPowerLimit", m_powerLimit) &&
           m_library.find("nvmlDeviceGetFanSpeed", m_fan) &&
           m_library.find("nvmlDeviceGetTemperature", m_temperature) &&
           m_library.find("nvmlDeviceGetClockInfo", m_clock);
}

Result<std::unique_ptr<Nvml::Session>> Nvml::Session::open(const std::vector<std::string>& libraries)
{
    Result<SharedLibrary> library = fail(ErrorCode::NotAvailable, "there is no NVML");
    for (const std::string& name : libraries) {
        library = SharedLibrary::load(name);
        if (library)
            break;
    }
    if (!library)
        return tl::unexpected(library.error());
    std::unique_ptr<Session> session(new Session);
    session->m_library = std::move(*library);
    if (!session->findFunctions())
        return fail(ErrorCode::NotAvailable, "NVML is too old: it lacks functions of 2014");
    if (const int code = session->m_init(); code != kSuccess)
        return nvmlError(code, "its start");
    session->m_begun = true;
    return session;
}

/// What a board does not have, it refuses: that is absent.
Gpu Nvml::Session::describe(Device device) const
{
    const auto text = [device](TextOf* function) {
        std::array<char, 96> room{};
        return function(device, room.data(), static_cast<unsigned>(room.size() - 1)) == kSuccess
                   ? std::string(room.data())
                   : std::string();
    };
    const auto number = [device](NumberOf* function) {
        unsigned value = 0;
        return function(device, &value) == kSuccess ? std::optional(value) : std::nullopt;
    };
    const auto numberOfKind = [device](NumberOfKind* function, int kind) {
        unsigned value = 0;
        return function(device, kind, &value) == kSuccess ? std::optional(value) : std::nullopt;
    };
    const auto watts = [](std::optional<unsigned> milliwatts) {
        return milliwatts ? std::optional(*milliwatts / 1'000.0) : std::nullopt;
    };
    const auto hertz = [](std::optional<unsigned> megahertz) {
        return megahertz ? std::optional(std::uint64_t{*megahertz} * 1'000'000) : std::nullopt;
    };
    Gpu gpu;
    gpu.id = text(m_uuid);
    gpu.name = text(m_name);
    if (Utilization use{}; m_utilization(device, &use) == kSuccess) {
        gpu.usagePercent = use.gpu;
        gpu.memoryBusyPercent = use.memory;
    }
    if (Memory memory{}; m_memory(device, &memory) == kSuccess) {
        gpu.memoryTotal = memory.total;
        gpu.memoryUsed = memory.used;
    }
    gpu.celsius = numberOfKind(m_temperature, kSensorOfGpu);
    gpu.watts = watts(number(m_power));
    gpu.wattsLimit = watts(number(m_powerLimit));
    gpu.fanPercent = number(m_fan);
    gpu.clockHertz = hertz(numberOfKind(m_clock, kClockOfShaders));
    gpu.memoryHertz = hertz(numberOfKind(m_clock, kClockOfMemory));
    return gpu;
}

Result<std::vector<Gpu>> Nvml::Session::read() const
{
    unsigned count = 0;
    if (const int code = m_count(&count); code != kSuccess)
        return nvmlError(code, "counting the GPUs");
    std::vector<Gpu> gpus;
    for (unsigned index = 0; index < count && index < kMaxDevices; ++index) {
        Device device = nullptr;
        if (m_device(index, &device) != kSuccess)
            continue; // fell off its bus, or is another's: no failure of the others
        Gpu gpu = describe(device);
        if (!gpu.id.empty())
            gpus.push_back(std::move(gpu));
    }
    if (gpus.empty())
        return fail(ErrorCode::NotAvailable, "NVML lists no GPU");
    return gpus;
}

Nvml::Nvml(std::vector<std::string> libraries) : m_libraries(std::move(libraries)) {}

Nvml::~Nvml() = default;

Result<std::vector<Gpu>> Nvml::read()
{
    using std::chrono::steady_clock;
    constexpr std::chrono::minutes kUntilNextLook{10};
    if (!m_session) {
        if (steady_clock::now() < m_notBefore)
            return tl::unexpected(m_absent);
        auto opened = Session::open(m_libraries);
        if (opened)
            m_session = std::move(*opened);
        else
            m_absent = opened.error();
    }
    auto gpus = m_session ? m_session->read() : tl::unexpected(m_absent);
    if (!gpus) { // the driver may have been exchanged: the library is loaded anew
        const Error error = gpus.error();
        m_session.reset();
        m_absent = {ErrorCode::NotAvailable, error.message};
        m_notBefore = steady_clock::now() + kUntilNextLook;
        return tl::unexpected(error);
    }
    return gpus;
}

} // namespace sextant::platform
