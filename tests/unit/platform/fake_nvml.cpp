// SPDX-License-Identifier: GPL-3.0-or-later
// Takes the place of NVIDIA's management library: two boards, of which the second has neither fan nor power meter, and
// a third that fell off its bus. SEXTANT_FAKE_NVML=no-driver: the driver is not loaded; lost: it goes after the start.
#include <cstdlib>
#include <cstring>
#include <string_view>

#if defined(_WIN32)
#define NVML_FUNCTION extern "C" __declspec(dllexport) int
#else
#define NVML_FUNCTION extern "C" __attribute__((visibility("default"))) int
#endif

namespace {

constexpr int kSuccess = 0, kInvalid = 2, kNotSupported = 3, kDriverNotLoaded = 9, kLost = 15;

std::string_view behaviour()
{
    const char* word = std::getenv("SEXTANT_FAKE_NVML");
    return word != nullptr ? word : "";
}

char boards[2];
int sessions = 0;

bool isFirst(void* device)
{
    return device == &boards[0];
}

int give(unsigned* into, unsigned value)
{
    *into = value;
    return kSuccess;
}

int give(char* into, unsigned size, const char* text)
{
    if (std::strlen(text) >= size)
        return kInvalid;
    std::strcpy(into, text);
    return kSuccess;
}

struct Utilization {
    unsigned gpu, memory;
};
struct Memory {
    unsigned long long total, free, used;
};

} // namespace

NVML_FUNCTION nvmlInit_v2()
{
    ++sessions;
    return behaviour() == "no-driver" ? kDriverNotLoaded : kSuccess;
}
NVML_FUNCTION nvmlShutdown()
{
    return --sessions == 0 ? kSuccess : kInvalid;
}
NVML_FUNCTION nvmlDeviceGetCount_v2(unsigned* count)
{
    return behaviour() == "lost" ? kLost : give(count, 3);
}
NVML_FUNCTION nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device)
{
    if (index > 1)
        return kLost;
    *device = &boards[index];
    return kSuccess;
}
NVML_FUNCTION nvmlDeviceGetUUID(void* device, char* text, unsigned size)
{
    return give(text, size,
        isFirst(device) ? "GPU-8f2d1f6a-0a4e-7c1b-9a55-3f0c9f7d1e02" : "GPU-11111111-2222-3333-4444-555555555555");
}
NVML_FUNCTION nvmlDeviceGetName(void* device, char* text, unsigned size)
{
    return give(text, size, isFirst(device) ? "NVIDIA H100 80GB HBM3" : "Tesla T4");
}
NVML_FUNCTION nvmlDeviceGetUtilizationRates(void* device, Utilization* use)
{
    *use = isFirst(device) ? Utilization{97, 41} : Utilization{0, 0};
    return kSuccess;
}
NVML_FUNCTION nvmlDeviceGetMemoryInfo(void* device, Memory* memory)
{
    *memory = isFirst(device) ? Memory{85'520'809'984, 15'520'809'984, 70'000'000'000}
                              : Memory{15'843'721'216, 15'843'721'216, 0};
    return kSuccess;
}
NVML_FUNCTION nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts)
{
    return isFirst(device) ? give(milliwatts, 612'345) : kNotSupported;
}
NVML_FUNCTION nvmlDeviceGetEnforcedPowerLimit(void* device, unsigned* milliwatts)
{
    return isFirst(device) ? give(milliwatts, 700'000) : kNotSupported;
}
NVML_FUNCTION nvmlDeviceGetFanSpeed(void* device, unsigned* percent)
{
    return isFirst(device) ? give(percent, 30) : kNotSupported;
}
NVML_FUNCTION nvmlDeviceGetTemperature(void* device, int sensor, unsigned* celsius)
{
    return sensor == 0 ? give(celsius, isFirst(device) ? 71 : 38) : kInvalid;
}
NVML_FUNCTION nvmlDeviceGetClockInfo(void* device, int clock, unsigned* megahertz)
{
    if (clock != 1 && clock != 2)
        return kInvalid;
    if (!isFirst(device))
        return clock == 1 ? give(megahertz, 300) : kNotSupported;
    return give(megahertz, clock == 1 ? 1'980 : 2'619);
}
