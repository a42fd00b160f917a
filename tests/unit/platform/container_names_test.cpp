// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/container_names.h"

#include <QElapsedTimer>
#include <QTest>
#include <QThread>

#include <atomic>
#include <memory>

using namespace sextant;
using namespace sextant::platform;
using std::chrono::seconds;

namespace {

/// An engine whose list, failure and slowness a test sets, and a clock that stands still.
struct Fake {
    std::mutex mutex;
    std::vector<std::string> running;
    std::optional<ErrorCode> failure;
    std::atomic<int> questions = 0;
    std::atomic<bool> frozen = false;
    std::atomic<std::int64_t> nowSeconds = 1'000;

    ContainerNames::List answer()
    {
        ++questions;
        while (frozen)
            QThread::msleep(5);
        const std::scoped_lock lock(mutex);
        if (failure)
            return fail(*failure, "no");
        std::vector<EngineContainer> list;
        for (const std::string& id : running) {
            EngineContainer& container = list.emplace_back();
            container.id = id;
            container.name = "name-" + id;
        }
        return list;
    }
    void set(std::vector<std::string> ids)
    {
        const std::scoped_lock lock(mutex);
        running = std::move(ids);
    }
};

ContainerNames namesOf(const std::shared_ptr<Fake>& fake, bool onDemand = false)
{
    return ContainerNames(
        {"docker", "/nowhere", onDemand}, [fake](const ContainerEngine&) { return fake->answer(); },
        [fake] { return std::chrono::steady_clock::time_point(seconds(fake->nowSeconds)); });
}

using Ids = std::set<std::string>;

} // namespace

class ContainerNamesTest : public QObject {
    Q_OBJECT
private slots:
    void asksWhenSomebodyIsNew()
    {
        const auto fake = std::make_shared<Fake>();
        ContainerNames names = namesOf(fake);
        QVERIFY(names.look({}).empty());
        QCOMPARE(fake->questions.load(), 0); // nobody to ask after
        fake->set({"a"});
        QTRY_VERIFY(names.look({"a"}).empty());
        QCOMPARE(names.find("a")->name, std::string("name-a"));
        QCOMPARE(fake->questions.load(), 1);
        fake->nowSeconds += 30;
        QVERIFY(names.look({"a"}).empty());
        QCOMPARE(fake->questions.load(), 1); // all are known
        fake->set({"a", "b"});
        QTRY_VERIFY(names.look({"a", "b"}).empty());
        QCOMPARE(fake->questions.load(), 2);
        QVERIFY(names.find("b") && !names.find("c"));
        fake->set({"b"});
        fake->nowSeconds += 60;
        QTRY_VERIFY(names.look({"b"}).empty() && !names.find("a")); // nothing is kept of those that went
        QCOMPARE(fake->questions.load(), 3);
        QVERIFY(names.takeWarning().empty());
    }

    void waitsForAQuestionThatBeganLater()
    {
        const auto fake = std::make_shared<Fake>();
        ContainerNames names = namesOf(fake);
        QTRY_VERIFY(names.look({"a"}).empty()); // the engine does not know it: nobody waits any more
        QVERIFY(!names.find("a"));
        fake->set({"a", "b"});
        fake->nowSeconds += 5;
        QCOMPARE(names.look({"a", "b"}), Ids{"b"}); // the next question is not due yet
        QCOMPARE(fake->questions.load(), 1);
        fake->nowSeconds += 5;
        QTRY_VERIFY(names.look({"a", "b"}).empty());
        QVERIFY(names.find("a") && names.find("b"));
        QCOMPARE(fake->questions.load(), 2);
    }

    void aFrozenEngineIsNotWaitedForLong()
    {
        const auto fake = std::make_shared<Fake>();
        fake->frozen = true;
        ContainerNames names = namesOf(fake);
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(names.look({"a"}), Ids{"a"});
        QVERIFY(timer.elapsed() < 1'000);
        fake->nowSeconds += 3'600;
        QCOMPARE(names.look({"a", "b"}), (Ids{"a", "b"}));
        QCOMPARE(fake->questions.load(), 1); // never two at a time
        {
            const std::scoped_lock lock(fake->mutex);
            fake->failure = ErrorCode::TimedOut;
        }
        fake->frozen = false;
        QTRY_VERIFY(names.look({"a", "b"}).empty()); // it failed: they have no names
        QVERIFY(names.takeWarning().find("shown by their ids") != std::string::npos);
        QVERIFY(names.takeWarning().empty());
    }

    void aFailingEngineIsAskedOnceAMinute()
    {
        const auto fake = std::make_shared<Fake>();
        fake->set({"a"});
        ContainerNames names = namesOf(fake);
        QTRY_VERIFY(names.look({"a"}).empty());
        {
            const std::scoped_lock lock(fake->mutex);
            fake->failure = ErrorCode::Denied;
        }
        fake->nowSeconds += 60;
        QTRY_VERIFY(names.look({"a", "b"}).empty());
        QCOMPARE(fake->questions.load(), 2);
        QCOMPARE(names.find("a")->name, std::string("name-a")); // what it said stays
        QVERIFY(!names.takeWarning().empty());
        fake->nowSeconds += 59;
        QVERIFY(names.look({"a", "b", "c"}).empty());
        QCOMPARE(fake->questions.load(), 2);
        fake->nowSeconds += 1;
        QTRY_COMPARE((static_cast<void>(names.look({"a", "b", "c"})), fake->questions.load()), 3);
        QVERIFY(names.takeWarning().empty()); // fails as before
        {
            const std::scoped_lock lock(fake->mutex);
            fake->failure.reset();
        }
        fake->nowSeconds += 60;
        QTRY_COMPARE((static_cast<void>(names.look({"a"})), fake->questions.load()), 4);
        QVERIFY(names.takeWarning().empty());
    }

    void oneThatAQuestionStartsIsAskedRarely()
    {
        const auto fake = std::make_shared<Fake>();
        fake->set({"a"});
        ContainerNames names = namesOf(fake, true);
        QTRY_VERIFY(names.look({"a"}).empty());
        fake->nowSeconds += 599;
        QVERIFY(names.look({"a"}).empty());
        QCOMPARE(fake->questions.load(), 1);
        fake->set({"a", "b"});
        QTRY_VERIFY(names.look({"a", "b"}).empty() && names.find("b")); // somebody new
        QCOMPARE(fake->questions.load(), 2);
        fake->nowSeconds += 600;
        QTRY_COMPARE((static_cast<void>(names.look({"a", "b"})), fake->questions.load()), 3);
    }

    void noServiceIsNoNews()
    {
        const auto fake = std::make_shared<Fake>();
        fake->failure = ErrorCode::NotFound;
        ContainerNames names = namesOf(fake);
        QTRY_VERIFY(names.look({"a"}).empty());
        QVERIFY(names.takeWarning().empty());
    }
};

QTEST_GUILESS_MAIN(ContainerNamesTest)
#include "container_names_test.moc"
