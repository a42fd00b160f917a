// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/gpu.h"

#include "platform/nvml.h"
#include "platform/shared_library.h"
#include "platform/windows/gpu_counters.h"
#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"

#include <dxgi.h>
#include <wrl/client.h>

#include <iterator>
#include <string_view>
#include <utility>

namespace sextant::platform {
namespace {

using Microsoft::WRL::ComPtr;

constexpr UINT kNvidia = 0x10de;    // of the PCI ids
constexpr UINT kMicrosoft = 0x1414; // its software renderer
constexpr UINT kMaxAdapters = 64;

struct Adapter {
    Gpu gpu;
    std::uint64_t luid = 0;
    bool nvidia = false;
};

/// The adapters in the order in which Windows lists them; none without DirectX.
std::vector<Adapter> listAdapters()
{
    std::vector<Adapter> adapters;
    const auto library = SharedLibrary::load("dxgi.dll");
    HRESULT(WINAPI * create)(REFIID, void**) = nullptr;
    ComPtr<IDXGIFactory1> factory;
    if (!library || !library->find("CreateDXGIFactory1", create) ||
        FAILED(create(__uuidof(IDXGIFactory1), reinterpret_cast<void**>(factory.GetAddressOf()))))
        return adapters;
    for (UINT index = 0; index < kMaxAdapters; ++index) {
        ComPtr<IDXGIAdapter1> found;
        if (FAILED(factory->EnumAdapters1(index, found.GetAddressOf())))
            break;
        DXGI_ADAPTER_DESC1 description{};
        if (FAILED(found->GetDesc1(&description)) || description.VendorId == kMicrosoft)
            continue;
        Adapter& adapter = adapters.emplace_back();
        adapter.luid =
            std::uint64_t{static_cast<ULONG>(description.AdapterLuid.HighPart)} << 32 | description.AdapterLuid.LowPart;
        adapter.nvidia = description.VendorId == kNvidia;
        adapter.gpu.id = std::to_string(index);
        adapter.gpu.name = toUtf8(std::wstring_view(description.Description));
        adapter.gpu.name.resize(std::min(adapter.gpu.name.size(), adapter.gpu.name.find('\0')));
        if (description.DedicatedVideoMemory > 0)
            adapter.gpu.memoryTotal = description.DedicatedVideoMemory;
    }
    return adapters;
}

} // namespace

struct GpuReader::State {
    // Drivers since 2018 put it into the system's folder, older ones beside their programs.
    Nvml nvml{{"nvml.dll", R"(C:\Program Files\NVIDIA Corporation\NVSMI\nvml.dll)"}};
    GpuCounters counters;
    std::vector<Adapter> adapters;
    unsigned reads = 0;
};

GpuReader::GpuReader(Roots) : m_state(std::make_unique<State>()) {}

GpuReader::~GpuReader() = default;

Result<GpuReading> GpuReader::read()
{
    constexpr unsigned kReadsOfOneList = 30;
    State& state = *m_state;
    GpuReading reading;
    auto gpus = state.nvml.read();
    if (gpus)
        reading.gpus = std::move(*gpus);
    else if (gpus.error().code != ErrorCode::NotAvailable)
        reading.warnings.push_back(gpus.error().message);
    const auto counts = state.counters.read();
    if (!counts && counts.error().code != ErrorCode::NotAvailable)
        reading.warnings.push_back(counts.error().message);
    if (counts && state.reads++ % kReadsOfOneList == 0)
        state.adapters = listAdapters();
    for (const Adapter& adapter : state.adapters) {
        const auto found = counts ? counts->find(adapter.luid) : decltype(counts->end()){};
        if (!counts || found == counts->end() || (adapter.nvidia && gpus))
            continue;
        Gpu& gpu = reading.gpus.emplace_back(adapter.gpu);
        gpu.usagePercent = found->second.usagePercent;
        gpu.memoryUsed = found->second.memoryUsed;
    }
    if (reading.gpus.empty() && reading.warnings.empty())
        return fail(ErrorCode::NotAvailable, "no graphics processor tells anything here");
    return reading;
}

} // namespace sextant::platform
