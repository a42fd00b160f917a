// SPDX-License-Identifier: GPL-3.0-or-later
// The way to Docker on Windows against a pipe that stands in for it.
#include "platform/container_engine.h"
#include "platform/containers.h"
#include "platform/windows/handle.h"

#include <QElapsedTimer>
#include <QTest>
#include <QThread>

#include <array>
#include <thread>

using namespace sextant;
using namespace sextant::platform;

namespace {

constexpr const char* kAddress = R"(\\.\pipe\sextant-test-engine)";

/// Takes one on, reads its request, writes the answer in messages as Docker's pipe does, and closes.
class MadePipe {
public:
    explicit MadePipe(std::string answer)
        : m_pipe(::CreateNamedPipeW(LR"(\\.\pipe\sextant-test-engine)", PIPE_ACCESS_DUPLEX,
              PIPE_TYPE_MESSAGE | PIPE_READMODE_BYTE | PIPE_WAIT, 1, 65'536, 65'536, 0, nullptr)),
          m_thread([this, answer = std::move(answer)] { serve(answer); })
    {
    }
    ~MadePipe() { m_thread.join(); }
    [[nodiscard]] std::string request() const { return m_request; }

private:
    void serve(const std::string& answer)
    {
        ::ConnectNamedPipe(m_pipe.get(), nullptr);
        std::array<char, 4'096> buffer{};
        DWORD count = 0;
        while (m_request.find("\r\n\r\n") == std::string::npos &&
               ::ReadFile(m_pipe.get(), buffer.data(), static_cast<DWORD>(buffer.size()), &count, nullptr) != 0)
            m_request.append(buffer.data(), count);
        for (std::size_t at = 0; at < answer.size(); at += 10'000) {
            const std::string piece = answer.substr(at, 10'000);
            ::WriteFile(m_pipe.get(), piece.data(), static_cast<DWORD>(piece.size()), &count, nullptr);
        }
        if (answer.empty())
            ::Sleep(1'500); // never answers
        ::FlushFileBuffers(m_pipe.get());
        m_pipe = Handle();
    }

    Handle m_pipe;
    std::string m_request;
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
        QCOMPARE(containerEngines({})[0].address, std::string(R"(\\.\pipe\docker_engine)"));
    }

    void anAnswerInManyMessages()
    {
        const std::string body = "[" + std::string(45'000, ' ') + "]";
        MadePipe pipe("HTTP/1.0 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        const auto answer = ask(std::chrono::seconds(20));
        QVERIFY2(answer.has_value(), answer ? "" : answer.error().message.c_str());
        QCOMPARE(*answer, body);
        QVERIFY(pipe.request().starts_with("GET /containers/json HTTP/1.0\r\n"));
    }

    void oneThatNeverAnswers()
    {
        const MadePipe pipe("");
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(ask(std::chrono::milliseconds(300)).error().code, ErrorCode::TimedOut);
        QVERIFY(timer.elapsed() < 1'400);
    }

    void theReadersSayThatThereIsNone()
    {
        if (::WaitNamedPipeW(LR"(\\.\pipe\docker_engine)", 1) != 0)
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
};

QTEST_GUILESS_MAIN(WindowsContainersTest)
#include "containers_test.moc"
