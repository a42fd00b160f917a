// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/container_list.h"
#include "platform/containers.h"

namespace sextant::platform {

struct ContainersReader::State {};

ContainersReader::ContainersReader(Roots) {}

ContainersReader::~ContainersReader() = default;

Result<ContainersReading> ContainersReader::read()
{
    return fail(ErrorCode::NotAvailable, "containers are read on Linux and Windows only");
}

struct ContainerListReader::State {};

ContainerListReader::ContainerListReader(Roots, Clock) {}

ContainerListReader::~ContainerListReader() = default;

Result<ContainerListReading> ContainerListReader::read()
{
    return fail(ErrorCode::NotAvailable, "containers are read on Linux and Windows only");
}

} // namespace sextant::platform
