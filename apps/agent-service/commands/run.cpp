// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/commands/run.h"

#include "agent-service/service/agent_service.h"
#include "agent-service/service/notifier.h"
#include "platform/host.h"

#include <QCoreApplication>
#include <QTimer>

namespace sextant::agent {
namespace {

platform::HostFacts hostFacts(const platform::Roots& roots, logging::Log& log)
{
    auto facts = platform::readHostFacts(roots);
    if (facts)
        return std::move(*facts);
    log.warning("service", "this host's name and system cannot be read", {{"reason", facts.error().message}});
    return {};
}

void reload(AgentService& service, logging::Log& log, const ConfigSources& sources, const Notifier& notifier)
{
    notifier.send("RELOADING=1");
    const auto loaded = loadSettings(sources);
    if (loaded) {
        log.setLevel(logging::parseLevel(loaded->settings.logLevel).value_or(logging::Level::Info));
        service.apply(loaded->settings);
        log.info("service", "settings read again");
    } else {
        log.error(
            "service", "the settings are wrong, going on with the ones before", {{"reason", loaded.error().message}});
    }
    notifier.send("READY=1");
}

} // namespace

logging::Log makeLog(const Settings& settings, logging::Log::Sink sink)
{
    return logging::Log(logging::parseLevel(settings.logLevel).value_or(logging::Level::Info),
        logging::parseFormat(settings.logFormat).value_or(logging::Format::Logfmt), std::move(sink));
}

ExitCode run(const ConfigSources& sources, const Settings& settings, const platform::Roots& roots, Requests& requests,
    logging::Log& log)
{
    const Notifier notifier = Notifier::fromEnvironment();
    AgentService service(settings, roots, hostFacts(roots, log), log);
    bool stopping = false;
    requests.onStop = [&](std::string_view name) {
        if (std::exchange(stopping, true))
            return;
        log.info("service", "stopping");
        notifier.send("STOPPING=1");
        service.stop("stopped by " + std::string(name), kFlushLimit, [] { QCoreApplication::quit(); });
    };
    requests.onReload = [&] {
        if (!stopping)
            reload(service, log, sources, notifier);
    };
    requests.onSuspend = [&] { service.prepareForSleep(); };
    requests.onResume = [&] { service.wakeUp(); };
    QTimer watchdog;
    QObject::connect(&watchdog, &QTimer::timeout, &watchdog, [&] { notifier.send("WATCHDOG=1"); });
    if (const auto interval = Notifier::watchdogInterval())
        watchdog.start(*interval);
    log.info("service", "started",
        {{"version", SEXTANT_VERSION}, {"interval_ms", std::to_string(settings.interval.count())}});
    service.start();
    notifier.send("READY=1");
    QCoreApplication::exec();
    log.info("service", "stopped");
    return ExitCode::Success;
}

} // namespace sextant::agent
