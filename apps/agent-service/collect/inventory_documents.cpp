// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/inventory_documents.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QString>

#include <algorithm>
#include <optional>
#include <string>

namespace sextant::agent {
namespace {

using namespace platform;

/// Members of an object, those that are known.
class Members {
public:
    Members() = default;
    explicit Members(QJsonObject object) : m_object(std::move(object)) {}

    void add(QLatin1String name, const std::string& text)
    {
        if (!text.empty())
            m_object.insert(name, QString::fromStdString(text));
    }
    void add(QLatin1String name, bool flag) { m_object.insert(name, flag); }
    void add(QLatin1String name, const QJsonObject& object)
    {
        if (!object.isEmpty())
            m_object.insert(name, object);
    }
    template <typename Number>
    void add(QLatin1String name, const std::optional<Number>& number)
    {
        if (!number)
            return;
        if constexpr (std::is_same_v<Number, bool>)
            m_object.insert(name, *number);
        else if constexpr (std::is_same_v<Number, std::chrono::sys_seconds>)
            m_object.insert(name, static_cast<qint64>(number->time_since_epoch().count()) * 1'000);
        else
            m_object.insert(name, static_cast<qint64>(*number));
    }
    template <typename T>
    void addList(QLatin1String name, const std::vector<T>& list);

    [[nodiscard]] const QJsonObject& object() const { return m_object; }

private:
    QJsonObject m_object;
};

QJsonObject toJson(const HardwareLabel& label)
{
    Members members;
    members.add(QLatin1String("manufacturer"), label.manufacturer);
    members.add(QLatin1String("product"), label.product);
    members.add(QLatin1String("version"), label.version);
    members.add(QLatin1String("serial"), label.serial);
    members.add(QLatin1String("assetTag"), label.assetTag);
    return members.object();
}

QJsonObject toJson(const Processor& processor)
{
    Members members;
    members.add(QLatin1String("socket"), processor.socket);
    members.add(QLatin1String("manufacturer"), processor.manufacturer);
    members.add(QLatin1String("model"), processor.model);
    members.add(QLatin1String("cores"), processor.cores);
    members.add(QLatin1String("threads"), processor.threads);
    members.add(QLatin1String("maxMegahertz"), processor.maxMegahertz);
    return members.object();
}

QJsonObject toJson(const MemoryDevice& device)
{
    Members members;
    members.add(QLatin1String("locator"), device.locator);
    members.add(QLatin1String("bank"), device.bank);
    members.add(QLatin1String("bytes"), device.bytes);
    members.add(QLatin1String("type"), device.type);
    members.add(QLatin1String("formFactor"), device.formFactor);
    members.add(QLatin1String("megatransfers"), device.megatransfers);
    members.add(QLatin1String("megatransfersInUse"), device.megatransfersInUse);
    members.add(QLatin1String("manufacturer"), device.manufacturer);
    members.add(QLatin1String("serial"), device.serial);
    members.add(QLatin1String("partNumber"), device.partNumber);
    return members.object();
}

QJsonObject toJson(const Disk& disk)
{
    Members members;
    members.add(QLatin1String("name"), disk.name);
    members.add(QLatin1String("model"), disk.model);
    members.add(QLatin1String("serial"), disk.serial);
    members.add(QLatin1String("bytes"), disk.bytes);
    members.add(QLatin1String("rotational"), disk.rotational);
    return members.object();
}

QJsonObject toJson(const NetworkCard& card)
{
    Members members;
    members.add(QLatin1String("name"), card.name);
    members.add(QLatin1String("model"), card.model);
    members.add(QLatin1String("driver"), card.driver);
    members.add(QLatin1String("address"), card.address);
    return members.object();
}

QJsonObject toJson(const ListedContainer& container)
{
    Members members;
    members.add(QLatin1String("name"), container.name);
    members.add(QLatin1String("id"), container.id);
    members.add(QLatin1String("runtime"), container.runtime);
    members.add(QLatin1String("image"), container.image);
    members.add(QLatin1String("state"), container.state);
    members.add(QLatin1String("health"), container.health);
    members.add(QLatin1String("created"), container.created);
    members.add(QLatin1String("started"), container.started);
    members.add(QLatin1String("restarts"), container.restarts);
    members.add(QLatin1String("exitCode"), container.exitCode);
    return members.object();
}

QJsonObject toJson(const Package& package)
{
    Members members;
    members.add(QLatin1String("name"), package.name);
    members.add(QLatin1String("version"), package.version);
    members.add(QLatin1String("architecture"), package.architecture);
    members.add(QLatin1String("publisher"), package.publisher);
    members.add(QLatin1String("manager"), package.manager);
    members.add(QLatin1String("account"), package.account);
    members.add(QLatin1String("installed"), package.installed);
    members.add(QLatin1String("bytes"), package.bytes);
    return members.object();
}

QJsonObject toJson(const PendingUpdate& update)
{
    Members members;
    members.add(QLatin1String("name"), update.name);
    members.add(QLatin1String("installedVersion"), update.installedVersion);
    members.add(QLatin1String("version"), update.version);
    members.add(QLatin1String("origin"), update.origin);
    members.add(QLatin1String("security"), update.security);
    return members.object();
}

std::string stateName(ServiceState state)
{
    switch (state) {
    case ServiceState::Running:
        return "running";
    case ServiceState::Finished:
        return "finished";
    case ServiceState::Starting:
        return "starting";
    case ServiceState::Stopping:
        return "stopping";
    case ServiceState::Paused:
        return "paused";
    case ServiceState::Stopped:
        return "stopped";
    case ServiceState::Failed:
        return "failed";
    case ServiceState::Unknown:
        break;
    }
    return {};
}

std::string startName(ServiceStart start)
{
    switch (start) {
    case ServiceStart::Automatic:
        return "automatic";
    case ServiceStart::Delayed:
        return "delayed";
    case ServiceStart::Manual:
        return "manual";
    case ServiceStart::Disabled:
        return "disabled";
    case ServiceStart::Unknown:
        break;
    }
    return {};
}

std::string actionName(RecoveryStep::Action action)
{
    switch (action) {
    case RecoveryStep::Action::Restart:
        return "restart";
    case RecoveryStep::Action::Command:
        return "command";
    case RecoveryStep::Action::Reboot:
        return "reboot";
    case RecoveryStep::Action::Nothing:
        break;
    }
    return "nothing";
}

QJsonObject toJson(const RecoveryStep& step)
{
    Members members;
    members.add(QLatin1String("action"), actionName(step.action));
    members.add(QLatin1String("delayMs"), std::optional(step.delay.count()));
    return members.object();
}

QJsonObject toJson(const Service& service)
{
    Members members;
    members.add(QLatin1String("name"), service.name);
    members.add(QLatin1String("displayName"), service.displayName);
    members.add(QLatin1String("description"), service.description);
    members.add(QLatin1String("state"), stateName(service.state));
    members.add(QLatin1String("stateWords"), service.stateWords);
    members.add(QLatin1String("start"), startName(service.start));
    members.add(QLatin1String("startWord"), service.startWord);
    members.add(QLatin1String("triggered"), service.triggered);
    members.add(QLatin1String("pid"), service.pid);
    members.add(QLatin1String("restarts"), service.restarts);
    members.add(QLatin1String("exitCode"), service.exitCode);
    members.add(QLatin1String("account"), service.account);
    members.add(QLatin1String("program"), service.program);
    if (service.recovery)
        members.addList(QLatin1String("recovery"), *service.recovery);
    if (service.recoveryResetsAfter)
        members.add(QLatin1String("recoveryResetSeconds"), std::optional(service.recoveryResetsAfter->count()));
    return members.object();
}

template <typename T>
void Members::addList(QLatin1String name, const std::vector<T>& list)
{
    QJsonArray array;
    for (const T& one : list)
        array.append(toJson(one));
    m_object.insert(name, array);
}

std::string compact(const QJsonObject& object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
}

QJsonArray texts(const std::vector<std::string>& list)
{
    QJsonArray array;
    for (const std::string& text : list)
        array.append(QString::fromStdString(text));
    return array;
}

/// The object with `total`, and the list as its last member, put together as text: a list of thousands is never in
/// memory as a tree.
template <typename T>
std::string withList(QJsonObject head, const std::string& name, const std::vector<T>& list)
{
    std::string entries;
    std::size_t listed = 0;
    for (const T& one : list) {
        const std::string entry = compact(toJson(one));
        if (entries.size() + entry.size() + 1 > kListLimit)
            break;
        entries += (listed++ == 0 ? "" : ",") + entry;
    }
    head.insert(QLatin1String("total"), static_cast<qint64>(list.size()));
    if (listed < list.size())
        head.insert(QLatin1String("truncated"), true);
    std::string text = compact(head);
    text.back() = ','; // in place of its brace: it has a member at least
    return text + '"' + name + "\":[" + entries + "]}";
}

} // namespace

DocumentText documentOf(const Hardware& hardware)
{
    Members firmware;
    firmware.add(QLatin1String("vendor"), hardware.firmware.vendor);
    firmware.add(QLatin1String("version"), hardware.firmware.version);
    firmware.add(QLatin1String("date"), hardware.firmware.date);
    Members system(toJson(hardware.system));
    system.add(QLatin1String("family"), hardware.family);
    system.add(QLatin1String("sku"), hardware.sku);
    system.add(QLatin1String("uuid"), hardware.uuid);
    Members chassis(toJson(hardware.chassis));
    chassis.add(QLatin1String("type"), hardware.chassisType);
    Members all;
    all.add(QLatin1String("system"), system.object());
    all.add(QLatin1String("board"), toJson(hardware.board));
    all.add(QLatin1String("chassis"), chassis.object());
    all.add(QLatin1String("firmware"), firmware.object());
    all.addList(QLatin1String("processors"), hardware.processors);
    all.addList(QLatin1String("memory"), hardware.memory);
    all.addList(QLatin1String("disks"), hardware.disks);
    all.addList(QLatin1String("networkCards"), hardware.networkCards);
    return {compact(all.object()), hardware.warnings};
}

DocumentText documentOf(const ContainerListReading& reading)
{
    return {withList({}, "containers", reading.containers), reading.warnings};
}

DocumentText documentOf(const PackagesReading& reading)
{
    return {withList({}, "packages", reading.packages), reading.warnings};
}

DocumentText documentOf(const ServicesReading& reading)
{
    Members head;
    head.add(QLatin1String("manager"), reading.manager);
    return {withList(head.object(), "services", reading.services), reading.warnings};
}

DocumentText documentOf(const UpdatesReading& reading)
{
    Members head;
    head.add(QLatin1String("manager"), reading.manager);
    head.add(QLatin1String("rebootRequired"), reading.rebootRequired);
    head.add(QLatin1String("listsChanged"), reading.listsChanged);
    QJsonObject members = head.object();
    if (!reading.rebootReasons.empty())
        members.insert(QLatin1String("rebootReasons"), texts(reading.rebootReasons));
    if (!reading.pending)
        return {compact(members), reading.warnings};
    const auto isForSecurity = [](const PendingUpdate& update) { return update.security == true; };
    members.insert(
        QLatin1String("security"), static_cast<qint64>(std::ranges::count_if(*reading.pending, isForSecurity)));
    return {withList(std::move(members), "pending", *reading.pending), reading.warnings};
}

} // namespace sextant::agent
