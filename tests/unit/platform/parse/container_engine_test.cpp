// SPDX-License-Identifier: GPL-3.0-or-later
// Answers as Docker's API reference (1.24 to 1.51) shows them, cut to the members around those that count.
#include "platform/parse/container_engine.h"

#include <QTest>

#include <algorithm>

using namespace sextant;
using namespace sextant::platform;
using namespace sextant::platform::parse;

namespace {

const std::string kId = "4f1e5a2b9c3d00112233445566778899aabbccddeeff00112233445566778899";

/// JSON that is written with ' for ".
std::string json(std::string text)
{
    std::ranges::replace(text, '\'', '"');
    return text;
}

std::string listOf(const std::string& members)
{
    return "[{\"Id\":\"" + kId + "\"" + members + "}]";
}

std::chrono::sys_seconds at(std::int64_t seconds)
{
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

} // namespace

class ContainerEngineTest : public QObject {
    Q_OBJECT
private slots:
    void list()
    {
        const auto list = parseEngineList(
            listOf(json(",'Names':['/other/alias','/web'],'Image':'nginx:1.27','ImageID':'sha256:1','Command':'nginx "
                        "-g','Created':1767225600,"
                        "'Ports':[{'PrivatePort':80,'Type':'tcp'}],'Labels':{'a':'b'},'State':'running',"
                        "'Status':'Up 3 hours (healthy)','HostConfig':{'NetworkMode':'bridge'},'Mounts':[]")));
        QVERIFY(list && list->size() == 1);
        const EngineContainer& container = list->front();
        QCOMPARE(container.id, kId);
        QCOMPARE(container.name, std::string("web"));
        QCOMPARE(container.image, std::string("nginx:1.27"));
        QCOMPARE(container.state, std::string("running"));
        QCOMPARE(container.healthy, std::optional(true));
        QCOMPARE(container.created, std::optional(at(1'767'225'600)));
    }

    void listedWithoutNameOrHealth()
    {
        // Another system's collector takes the first name of an empty list, and falls.
        for (const std::string& members :
            {json(",'Names':[]"), json(",'Names':null"), std::string(), json(",'Names':[7],'Created':-5,'State':3"),
                json(",'Names':['/a/b'],'Status':'Up 2 seconds (health: starting)'")}) {
            const auto list = parseEngineList(listOf(members));
            QVERIFY2(list && list->size() == 1, members.c_str());
            QVERIFY(list->front().name.empty() && !list->front().healthy && !list->front().created);
        }
        const std::string ill = json(",'Status':'Up 1 minute (unhealthy)'");
        QCOMPARE(parseEngineList(listOf(ill))->front().healthy, std::optional(false));
        const std::string odd = ",\"Names\":[\"/we\\u0000b\\u20ac\"]";
        QCOMPARE(parseEngineList(listOf(odd))->front().name, std::string("we?b???"));
        const std::string longName = json(",'Image':'") + std::string(300, 'x') + '"';
        QCOMPARE(parseEngineList(listOf(longName))->front().image.size(), std::size_t(255));
    }

    void listsThatAreNone()
    {
        QVERIFY(parseEngineList("[]")->empty());
        const std::string strange = json("[{'Id':'../../x'},{'Id':'4F'},{},7,null]");
        QVERIFY(parseEngineList(strange)->empty());
        for (const char* broken : {"", "{}", "[", "[{\"Id\":", "null", "[]x", "{\"message\":\"page not found\"}"})
            QCOMPARE(parseEngineList(broken).error().code, ErrorCode::Malformed);
    }

    void listsAreBounded()
    {
        std::string text;
        for (std::size_t i = 0; i <= kMaxContainers; ++i) {
            std::string id = std::to_string(1'000'000 + i);
            id.resize(64, '0');
            text += (i == 0 ? "[{\"Id\":\"" : ",{\"Id\":\"") + id + "\"}";
        }
        QCOMPARE(parseEngineList(text + ']')->size(), kMaxContainers);
    }

    void details()
    {
        const auto details = parseEngineDetails(json("{'Id':'x','RestartCount':4,'State':{'Status':'running','Running':"
                                                     "true,'ExitCode':0,'StartedAt':'2026-11-22T12:00:01.123456789Z',"
                                                     "'FinishedAt':'0001-01-01T00:00:00Z','Health':{'Status':'starting'"
                                                     ",'FailingStreak':0,'Log':[{'Output':'x'}]}},'Config':{}}"));
        QVERIFY(details.has_value());
        QCOMPARE(details->restarts, std::optional<std::uint64_t>(4));
        QCOMPARE(details->started, std::optional(at(1'795'348'801)));
        QCOMPARE(details->health, std::string("starting"));
        QVERIFY(!details->exitCode);
        const auto ended = parseEngineDetails(json("{'State':{'Status':'exited','ExitCode':137,'StartedAt':'0001-01-"
                                                   "01T00:00:00Z','Health':{'Status':'none'}}}"));
        QVERIFY(ended && !ended->started && !ended->restarts && ended->health.empty());
        QCOMPARE(ended->exitCode, std::optional<std::uint64_t>(137));
        for (const char* broken : {"", "[]", "{\"State\":", "7"})
            QCOMPARE(parseEngineDetails(broken).error().code, ErrorCode::Malformed);
    }

    void statsOfWindows()
    {
        const auto stats = parseEngineStats(json(
            "{'read':'2026-11-22T12:00:01Z','pids_stats':{},'blkio_stats':{'io_service_bytes_recursive':null},'num_"
            "procs':5,"
            "'storage_stats':{'read_count_normalized':1,'read_size_bytes':7000,'write_size_bytes':900},"
            "'cpu_stats':{'cpu_usage':{'total_usage':15000000,'usage_in_kernelmode':1},'throttling_data':{'periods':0}}"
            ","
            "'precpu_stats':{'cpu_usage':{'total_usage':1}},'memory_stats':{'commitbytes':77160448,'commitpeakbytes':1,"
            "'privateworkingset':59899904},"
            "'name':'/web','networks':{'net1':{'rx_bytes':100,'tx_bytes':20},'net2':{'rx_bytes':5,'tx_bytes':6}}}"));
        QVERIFY(stats.has_value());
        QCOMPARE(stats->cpuTime, std::optional<std::chrono::nanoseconds>(std::chrono::milliseconds(1'500)));
        QCOMPARE(stats->memoryUsed, std::optional<std::uint64_t>(59'899'904));
        QCOMPARE(stats->pids, std::optional<std::uint64_t>(5));
        QCOMPARE(stats->readBytes, std::optional<std::uint64_t>(7'000));
        QCOMPARE(stats->writeBytes, std::optional<std::uint64_t>(900));
        QCOMPARE(stats->receiveBytes, std::optional<std::uint64_t>(105));
        QCOMPARE(stats->transmitBytes, std::optional<std::uint64_t>(26));
        QVERIFY(!stats->memoryLimit && !stats->cpuLimit);
    }

    void statsOfLinuxBehindDockerDesktop()
    {
        const auto stats = parseEngineStats(
            json("{'pids_stats':{'current':3,'limit':18446744073709551615},'num_procs':0,'storage_stats':{},"
                 "'blkio_stats':{'io_service_bytes_recursive':[{'major':8,'minor':0,'op':'Read','value':10},{'op':'"
                 "write','value':20},{'op':'Total','value':30}],'io_serviced_recursive':null},"
                 "'cpu_stats':{'cpu_usage':{'total_usage':100093996,'percpu_usage':[1,2]},'system_cpu_usage':9},"
                 "'memory_stats':{'usage':6537216,'max_usage':1,'stats':{'inactive_file':37216,'cache':0},'limit':"
                 "67108864}}"));
        QVERIFY(stats.has_value());
        QCOMPARE(stats->cpuTime, std::optional(std::chrono::nanoseconds(100'093'996)));
        QCOMPARE(stats->memoryUsed, std::optional<std::uint64_t>(6'500'000));
        QCOMPARE(stats->pids, std::optional<std::uint64_t>(3));
        QCOMPARE(stats->readBytes, std::optional<std::uint64_t>(10));
        QCOMPARE(stats->writeBytes, std::optional<std::uint64_t>(20));
        QVERIFY(!stats->receiveBytes && !stats->transmitBytes); // the host's network
        const auto nothing = parseEngineStats(json("{'cpu_stats':7,'memory_stats':{},'networks':{}}"));
        QVERIFY(nothing && !nothing->cpuTime && !nothing->memoryUsed && !nothing->receiveBytes);
        const std::string far = json("{'cpu_stats':{'cpu_usage':{'total_usage':18446744073709551615}}}");
        QVERIFY(!parseEngineStats(far)->cpuTime);
        QCOMPARE(parseEngineStats("[]").error().code, ErrorCode::Malformed);
    }

    void responses()
    {
        QCOMPARE(*engineBody("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"),
            std::string("[]"));
        QCOMPARE(*engineBody("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n{}\n"), std::string("{}\n"));
        QCOMPARE(engineBody("HTTP/1.0 403 Forbidden\r\n\r\n").error().code, ErrorCode::Denied);
        QCOMPARE(engineBody("HTTP/1.0 404 Not Found\r\n\r\n{}").error().code, ErrorCode::NotFound);
        QCOMPARE(engineBody("HTTP/1.0 500 Internal\r\n\r\n").error().code, ErrorCode::Io);
        for (const char* broken : {"", "HTTP/1.0 200 OK\r\n", "hello\r\n\r\n", "HTTP/1.0\r\n\r\n", "HTTP/1.0 x\r\n\r\n",
                 "HTTP/2 200\r\n\r\n", "HTTP/1.1 200 OK\r\ntransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n",
                 "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n[]", "HTTP/1.0 200 OK\r\nContent-Length: x\r\n\r\n[]"})
            QCOMPARE(engineBody(broken).error().code, ErrorCode::Malformed);
        QVERIFY(engineRequest("/containers/json").starts_with("GET /containers/json HTTP/1.0\r\n"));
    }

    void times()
    {
        QCOMPARE(parseEngineTime("1970-01-01T00:00:00Z"), std::optional(at(0)));
        QCOMPARE(parseEngineTime("2026-11-22T12:00:01Z"), std::optional(at(1'795'348'801)));
        QCOMPARE(parseEngineTime("2026-11-22T14:00:01.5+02:00"), std::optional(at(1'795'348'801)));
        QCOMPARE(parseEngineTime("2026-11-22T10:30:01-01:30"), std::optional(at(1'795'348'801)));
        for (const char* none : {"", "0001-01-01T00:00:00Z", "2026-11-22", "2026-11-22T12:00:01",
                 "2026-13-22T12:00:01Z", "2026-02-30T12:00:01Z", "2026-11-22T24:00:01Z", "2026-11-22T12:00:01.",
                 "2026-11-22T12:00:01+0200", "2026-11-22 12:00:01Z", "2O26-11-22T12:00:01Z"})
            QVERIFY2(!parseEngineTime(none), none);
    }
};

QTEST_GUILESS_MAIN(ContainerEngineTest)
#include "container_engine_test.moc"
