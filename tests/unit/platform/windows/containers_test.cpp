// SPDX-License-Identifier: GPL-3.0-or-later
// The way to Docker on Windows against a pipe that stands in for it.
#include "platform/container_engine.h"
#include "platform/container_list.h"
#include "platform/containers.h"
#include "platform/windows/handle.h"

#include <QElapsedTimer>
#include <QTest>
#include <QThread>

#include <array>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace sextant;
using namespace sextant::platform;

namespace {

constexpr const char* kAddress = "\\\\.\\pipe\\sextant-test-engine";
constexpr const wchar_t* kName = L"\\\\.\\pipe\\sextant-test-engine";
constexpr const wchar_t* kDocker = L"\\\\.\\pipe\\docker_engine";

std::string good(const std::string& body)
{
    return "HTTP/1.0 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Takes one on after the other, reads the request, writes the next answer in messages as Docker's pipe does, and
/// closes. An empty answer never comes.
class MadePipe {
public:
    MadePipe(const wchar_t* name, std::vector<std::string> answers) : m_answers(std::move(answers))
    {
        const auto count = static_cast<DWORD>(m_answers.size());
        for (DWORD i = 0; i < count; ++i)
            m_pipes.emplace_back(::CreateNamedPipeW(name, PIPE_ACCESS_DUPLEX,
                PIPE_TYPE_MESSAGE | PIPE_READMODE_BYTE | PIPE_WAIT, count, 65'536, 65'536, 0, nullptr));
        m_thread = std::thread([this] {
            for (std::size_t i = 0; i < m_pipes.size(); ++i)
                serve(m_pipes[i], m_answers[i]);
        });
    }
    ~MadePipe() { wait(); }
    /// Until all were answered.
    void wait()
    {
        if (m_thread.joinable())
            m_thread.join();
    }
    /// The paths that were asked for, each with a blank behind it; after wait().
    [[nodiscard]] std::string asked() const { return m_asked; }

private:
    void serve(Handle& pipe, const std::string& answer)
    {
        ::ConnectNamedPipe(pipe.get(), nullptr);
        std::string request;
        std::array<char, 4'096> buffer{};
        DWORD count = 0;
        while (request.find("\r\n\r\n") == std::string::npos &&
               ::ReadFile(pipe.get(), buffer.data(), static_cast<DWORD>(buffer.size()), &count, nullptr) != 0)
            request.append(buffer.data(), count);
        if (request.starts_with("GET "))
            m_asked += request.substr(4, request.find(" HTTP/1.0\r\n") - 4) + ' ';
        for (std::size_t at = 0; at < answer.size(); at += 10'000) {
            const std::string piece = answer.substr(at, 10'000);
            ::WriteFile(pipe.get(), piece.data(), static_cast<DWORD>(piece.size()), &count, nullptr);
        }
        if (answer.empty())
            ::Sleep(1'500);
        ::FlushFileBuffers(pipe.get());
        pipe = Handle();
    }

    std::vector<std::string> m_answers;
    std::vector<Handle> m_pipes;
    std::string m_asked;
    std::thread m_thread;
};

Result<std::string> ask(std::chrono::milliseconds patience)
{
    return askEngine({"docker", kAddress}, "/containers/json", std::chrono::steady_clock::now() + patience);
}

} // namespace

class WindowsContainersTest : public QObject {
    Q_OBJECT
private slots:
    void withoutDocker()
    {
        QCOMPARE(ask(std::chrono::seconds(5)).error().code, ErrorCode::NotFound);
        QCOMPARE(containerEngines({}).size(), std::size_t(1));
        QCOMPARE(containerEngines({})[0].address, std::string("\\\\.\\pipe\\docker_engine"));
    }

    void anAnswerInManyMessages()
    {
        const std::string body = "[" + std::string(45'000, ' ') + "]";
        MadePipe pipe(kName, {good(body)});
        const auto answer = ask(std::chrono::seconds(20));
        QVERIFY2(answer.has_value(), answer ? "" : answer.error().message.c_str());
        QCOMPARE(*answer, body);
        pipe.wait();
        QCOMPARE(pipe.asked(), std::string("/containers/json "));
    }

    void oneThatNeverAnswers()
    {
        const MadePipe pipe(kName, {""});
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(ask(std::chrono::milliseconds(300)).error().code, ErrorCode::TimedOut);
        QVERIFY(timer.elapsed() < 1'400);
    }

    void theReadersSayThatThereIsNone()
    {
        if (::WaitNamedPipeW(kDocker, 1) != 0)
            QSKIP("Docker runs here");
        ContainersReader reader({});
        auto reading = reader.read();
        for (int i = 0; i < 100 && reading; ++i) {
            QThread::msleep(50);
            reading = reader.read();
        }
        QCOMPARE(reading.error().code, ErrorCode::NotAvailable);
        QCOMPARE(reader.read().error().code, ErrorCode::NotAvailable);
    }

    void theReadersAskDocker()
    {
        if (::WaitNamedPipeW(kDocker, 1) != 0)
            QSKIP("Docker runs here");
        const std::string id(64, 'a');
        const std::string list = "[{\"Id\":\"" + id + "\",\"Names\":[\"/web\"],\"State\":\"running\"}]";
        {
            MadePipe pipe(
                kDocker, {good(list), good("{\"num_procs\":5,\"cpu_stats\":{\"cpu_usage\":{\"total_usage\":15000000}},"
                                           "\"memory_stats\":{\"privateworkingset\":59899904}}")});
            ContainersReader reader({});
            auto reading = reader.read();
            for (int i = 0; i < 100 && reading && reading->containers.empty(); ++i) {
                QThread::msleep(50);
                reading = reader.read();
            }
            QVERIFY(reading && reading->containers.size() == 1 && reading->warnings.empty());
            const Container& web = reading->containers[0];
            QCOMPARE(web.name + '|' + web.runtime + '|' + web.id, "web|docker|" + id);
            QCOMPARE(web.pids, std::optional<std::uint64_t>(5));
            QCOMPARE(web.memoryUsed, std::optional<std::uint64_t>(59'899'904));
            QCOMPARE(web.cpuTime, std::optional<std::chrono::nanoseconds>(std::chrono::milliseconds(1'500)));
        }
        MadePipe pipe(kDocker, {good(list), good("{\"RestartCount\":2,\"State\":{\"Status\":\"running\"}}")});
        const auto reading = ContainerListReader({}).read();
        QVERIFY(reading && reading->containers.size() == 1);
        QCOMPARE(reading->containers[0].name, std::string("web"));
        QCOMPARE(reading->containers[0].restarts, std::optional<std::uint64_t>(2));
        pipe.wait();
        QCOMPARE(pipe.asked(), "/containers/json?all=1 /containers/" + id + "/json ");
    }
};

QTEST_GUILESS_MAIN(WindowsContainersTest)
#include "containers_test.moc"
