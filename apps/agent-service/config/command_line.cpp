// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/config/command_line.h"

#include "process/folders.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace sextant::agent {
namespace {

constexpr const char* kNoAction = "service: expected install, uninstall, start, stop, status or run";

/// Goes through the arguments one by one.
class Parser {
public:
    explicit Parser(std::span<const std::string_view> arguments) : m_rest(arguments) {}

    Result<CommandLine> parse()
    {
        while (!m_rest.empty()) {
            const std::string_view argument = take();
            const auto understood = argument.starts_with("-") ? option(argument) : word(argument);
            if (!understood)
                return tl::unexpected(understood.error());
        }
        if (m_json && m_line.command != Command::Once)
            return fail(ErrorCode::Invalid, "--json goes with --once");
        if (m_line.enrolment.force && m_line.command != Command::Enroll)
            return fail(ErrorCode::Invalid, "--force goes with enroll");
        if (m_line.command == Command::Service && m_line.sources.fileRequired)
            return fail(ErrorCode::Invalid,
                "--config does not go with service: the service reads " + process::configFile("agent"));
        if (m_line.command == Command::Service)
            return m_serviceActionGiven ? Result<CommandLine>(std::move(m_line)) : fail(ErrorCode::Invalid, kNoAction);
        if (m_installerFlag)
            return fail(ErrorCode::Invalid, "--token, --start and --purge are for the installer");
        const EnrolmentArguments& enrolment = m_line.enrolment;
        const bool enrolFlags = !enrolment.tokenFile.empty() || !enrolment.authorityFingerprint.empty();
        if (enrolFlags && m_line.command != Command::Enroll)
            return fail(ErrorCode::Invalid, "--token-file and --ca-fingerprint go with enroll");
        if (m_line.command == Command::Enroll && enrolment.token.empty() == enrolment.tokenFile.empty())
            return fail(ErrorCode::Invalid, "enroll needs the token that the server printed, as sextant-agent enroll "
                                            "TOKEN or in a file: --token-file FILE");
        if (m_lengthGiven && m_line.command != Command::Record)
            return fail(ErrorCode::Invalid, "--seconds goes with record");
        if (m_line.command == Command::Record && m_line.recording.empty())
            return fail(ErrorCode::Invalid, "record needs the file to make: sextant-agent record FILE");
        return std::move(m_line);
    }

private:
    std::string_view take()
    {
        const std::string_view first = m_rest.front();
        m_rest = m_rest.subspan(1);
        return first;
    }

    Result<void> become(Command command, std::string_view name)
    {
        if (m_commandGiven)
            return fail(ErrorCode::Invalid, "one command at a time: \"" + std::string(name) + "\" came second");
        m_commandGiven = true;
        m_line.command = command;
        return {};
    }

    Result<void> word(std::string_view argument)
    {
        if (m_line.command == Command::Enroll && m_line.enrolment.token.empty()) {
            m_line.enrolment.token = argument;
            return {};
        }
        if (m_line.command == Command::Record && m_line.recording.empty()) {
            m_line.recording = argument;
            return {};
        }
        if (m_line.command == Command::Service && !m_serviceActionGiven) {
            const auto action = process::parseServiceAction(argument);
            m_serviceActionGiven = action.has_value();
            m_line.service.action = action.value_or(process::ServiceAction::Status);
            return action ? Result<void>() : fail(ErrorCode::Invalid, kNoAction);
        }
        if (argument == "service")
            return become(Command::Service, argument);
        if (argument == "worker") // the readers' own, not for people
            return become(Command::Worker, argument);
        if (argument == "record")
            return become(Command::Record, argument);
        if (argument == "run")
            return become(Command::Run, argument);
        if (argument == "enroll")
            return become(Command::Enroll, argument);
        if (argument == "check")
            return become(Command::Check, argument);
        return fail(ErrorCode::Invalid, "unknown command \"" + std::string(argument) + "\"; try --help");
    }

    Result<void> option(std::string_view argument)
    {
        if (argument == "--help" || argument == "-h")
            return become(Command::Help, argument);
        if (argument == "--version")
            return become(Command::Version, argument);
        if (argument == "--once")
            return become(Command::Once, argument);
        if (argument == "--json") {
            m_json = true;
            return {};
        }
        if (argument == "--force") {
            m_line.enrolment.force = true;
            return {};
        }
        const std::size_t equals = argument.find('=');
        const std::string_view name = argument.substr(0, equals);
        const auto attached =
            equals == std::string_view::npos ? std::nullopt : std::optional(argument.substr(equals + 1));
        if (name == "--config")
            return configFile(attached);
        if (name == "--seconds")
            return length(attached);
        if (name == "--token-file")
            return text(m_line.enrolment.tokenFile, "--token-file needs a file", attached);
        if (name == "--ca-fingerprint")
            return text(
                m_line.enrolment.authorityFingerprint, "--ca-fingerprint needs 64 hexadecimal digits", attached);
        if (name == "--token" || name == "--start" || name == "--purge")
            return installerFlag(name, attached);
        return setting(name, attached);
    }

    /// What an MSI passes on, also when it is empty.
    Result<void> installerFlag(std::string_view name, std::optional<std::string_view> attached)
    {
        if (!attached && m_rest.empty())
            return fail(ErrorCode::Invalid, std::string(name) + " needs a value");
        const std::string_view value = attached ? *attached : take();
        m_installerFlag = true;
        if (name == "--token") {
            m_line.enrolment.token = value;
            return {};
        }
        if (!value.empty() && value != "0" && value != "1")
            return fail(
                ErrorCode::Invalid, std::string(name) + ": expected 0 or 1, got \"" + std::string(value) + "\"");
        (name == "--start" ? m_line.service.start : m_line.service.purge) = value == "1";
        return {};
    }

    Result<void> length(std::optional<std::string_view> attached)
    {
        const std::string_view text = attached ? *attached : m_rest.empty() ? std::string_view() : take();
        int seconds = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        if (error != std::errc() || end != text.data() + text.size() || seconds < 1 ||
            std::chrono::seconds(seconds) > kLongestRecording)
            return fail(ErrorCode::Invalid, "--seconds needs a number (1 to 604800)");
        m_line.length = std::chrono::seconds(seconds);
        m_lengthGiven = true;
        return {};
    }

    Result<void> text(std::string& into, const char* missing, std::optional<std::string_view> attached)
    {
        const bool isThere = attached || !m_rest.empty();
        into = attached ? *attached : isThere ? take() : std::string_view();
        // An installer names every option.
        const bool isRight = isThere && (!into.empty() || m_line.command == Command::Service);
        return isRight ? Result<void>() : fail(ErrorCode::Invalid, missing);
    }

    Result<void> configFile(std::optional<std::string_view> attached)
    {
        if (!attached && m_rest.empty())
            return fail(ErrorCode::Invalid, "--config needs a file");
        m_line.sources.file = attached ? *attached : take();
        m_line.sources.fileRequired = true;
        return {};
    }

    Result<void> setting(std::string_view name, std::optional<std::string_view> attached)
    {
        const auto found = std::ranges::find(allSettings(), name, &Setting::flagName);
        if (found == allSettings().end())
            return fail(ErrorCode::Invalid, "unknown option \"" + std::string(name) + "\"; try --help");
        if (!attached && !found->isText())
            attached = "true";
        if (!attached && m_rest.empty())
            return fail(ErrorCode::Invalid, std::string(name) + " needs a value (" + found->range() + ")");
        m_line.sources.flags[std::string(found->key)] = attached ? *attached : take();
        return {};
    }

    std::span<const std::string_view> m_rest;
    CommandLine m_line;
    bool m_commandGiven = false;
    bool m_json = false;
    bool m_lengthGiven = false;
    bool m_serviceActionGiven = false;
    bool m_installerFlag = false;
};

} // namespace

Result<CommandLine> parseCommandLine(std::span<const std::string_view> arguments)
{
    return Parser(arguments).parse();
}

std::string helpText()
{
    std::string text =
        "sextant-agent: collects this machine's metrics and delivers them to a Sextant server\n\n"
        "  sextant-agent [run] [options]              collect and deliver until told to stop\n"
        "  sextant-agent enroll [--force] TOKEN       make this machine known to the server\n"
        "  sextant-agent enroll --token-file FILE     the same; the file is removed when it has worked\n"
        "  sextant-agent --once --json                print one collection and end\n"
        "  sextant-agent record FILE [--seconds N]    write this machine's batches into a file (600 s), for benches\n"
        "  sextant-agent service ACTION               install, uninstall, start, stop, status or run: on Windows\n"
        "  sextant-agent check                        test the settings, the identity and the way to the server\n"
        "  sextant-agent --help | --version\n\n"
        "  --config FILE          settings file (default " +
        process::configFile("agent") +
        ")\n"
        "  --ca-fingerprint HEX   with enroll: the SHA-256 of the server's CA, beside the one in the token\n\nSettings "
        "(file key, flag, variable; see docs/agent.md):\n";
    for (const Setting& setting : allSettings()) {
        text += "  " + setting.flagName() + "  (" + setting.environmentName() + "; " + setting.range() + ")\n      " +
                std::string(setting.help) + "\n";
    }
    return text;
}

} // namespace sextant::agent
