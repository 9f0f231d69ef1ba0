// What listings and archives hold while their clients take their time.
#include "patchbay/http/http2_site_fixture.hpp"
#include "patchbay/http/static_site_fixture.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_mib = 1024 * 1024;

void make_files(const StaticSite& site, int count) {
  for (int i = 0; i < count; ++i) site.files.write("file-" + std::to_string(i) + ".txt", "");
}

// Answers of which nobody takes anything.
Task<std::vector<HttpResponse>> ask_often(StaticFolder& folder, std::string_view query,
                                          std::size_t times) {
  std::vector<HttpResponse> answers;
  for (std::size_t i = 0; i < times; ++i) {
    HttpRequest request{.method = "GET", .target = "/", .path = "/", .query = query};
    request.fields.add("accept-encoding", "zstd");
    answers.push_back(co_await folder.answer(request));
  }
  co_return answers;
}

struct Held {
  std::shared_ptr<MemoryBudget> budget;
  std::vector<int> statuses;
  std::size_t bytes = 0;  // while all were held
  std::string retry_after;
};

Held hold(StaticSite& site, std::size_t budget, std::string_view query, std::size_t times) {
  Held held{.budget = std::make_shared<MemoryBudget>(budget), .statuses = {}, .retry_after = {}};
  site.options.memory = held.budget;
  auto loop = Loop::make();
  const auto answers = (*loop)->run(ask_often(*site.open(), query, times));
  for (const HttpResponse& answer : answers) held.statuses.push_back(answer.status);
  held.bytes = held.budget->held_bytes();
  held.retry_after = answers.back().field("retry-after");
  return held;
}

TEST(StaticMemory, OfLargeListingsIsLimited) {
  StaticSite site;
  make_files(site, 1000);
  const Held held = hold(site, 5 * k_mib, "", 4);
  EXPECT_EQ(held.statuses, (std::vector{200, 200, 503, 503}));
  EXPECT_EQ(held.retry_after, "5");
  EXPECT_LE(held.bytes, 5 * k_mib);
  EXPECT_EQ(held.budget->held_bytes(), 0u) << "they are gone";
}

// Made whole, so that of what made it nothing waits for the client.
TEST(StaticMemory, OfASmallListingIsItsTextAlone) {
  StaticSite site;
  make_files(site, 20);
  const Held held = hold(site, 5 * k_mib, "", 100);
  EXPECT_EQ(held.statuses, std::vector(100, 200));
  EXPECT_LT(held.bytes, 100 * 4096u);
  EXPECT_GT(held.bytes, 100 * 500u);
  EXPECT_EQ(held.budget->held_bytes(), 0u);
  EXPECT_EQ(hold(site, 8192, "", 20).statuses.back(), 503) << "but it is counted";
}

TEST(StaticMemory, OfArchivesIsLimited) {
  StaticSite site({.archives = true});
  site.write("a/b/c.txt", "c");
  for (const char* query : {"archive=tar", "archive=zip"}) {
    const Held held = hold(site, 2 * k_mib, query, 3);
    EXPECT_EQ(held.statuses, (std::vector{200, 200, 503})) << query;
    EXPECT_EQ(held.budget->held_bytes(), 0u);
  }
}

TEST(StaticMemory, IsSharedByFolders) {
  StaticSite one, other;
  make_files(one, 1000);
  make_files(other, 1000);
  one.options.memory = other.options.memory = std::make_shared<MemoryBudget>(3 * k_mib);
  const auto first = one.open(), second = other.open();
  auto loop = Loop::make();
  const auto held = (*loop)->run(ask_often(*first, "", 1));
  EXPECT_EQ(held[0].status, 200);
  EXPECT_EQ((*loop)->run(ask_often(*second, "", 1))[0].status, 503);
}

// A window of one byte makes the server begin each of them.
Task<Result<>> list_and_take_nothing(Http2Client& client, MemoryBudget& budget) {
  std::vector<std::int32_t> all;
  for (int i = 0; i < 100; ++i)
    all.push_back(client.ask("GET", "/", {{"accept-encoding", "zstd"}}));
  const auto is_answered = [&](std::int32_t id) { return client[id].status() != 0; };
  const auto heard = co_await client.until([&] { return std::ranges::all_of(all, is_answered); });
  if (!heard) co_return heard;
  EXPECT_LE(budget.held_bytes(), 5 * k_mib);
  EXPECT_EQ(std::ranges::count(all, 200, [&](auto id) { return client[id].status(); }), 2);
  EXPECT_EQ(std::ranges::count(all, 503, [&](auto id) { return client[id].status(); }), 98);
  const auto is_closed = [&](std::int32_t id) { return client[id].closed; };
  co_return co_await client.until([&] { return std::ranges::all_of(all, is_closed); });
}

TEST(StaticMemory, IsNotTakenByAClientThatReadsNothing) {
  StaticSite site;
  make_files(site, 1000);
  const auto budget = std::make_shared<MemoryBudget>(5 * k_mib);
  site.options.memory = budget;
  const auto folder = site.open();
  HttpHeardLog log;
  sim::World world(1);
  sim::Pair pair(world);
  HttpService service(*folder, {}, &log);
  pair.server.serve(http2_site(service));
  pair.client.run(Http2World::visit<MemoryBudget&>(Endpoint(pair.server.address(), k_http2_port),
                                                   {.window = 1, .opens_windows = false},
                                                   list_and_take_nothing, *budget));
  sim::run(world);
  EXPECT_EQ(budget->held_bytes(), 0u);
}

}  // namespace
}  // namespace patchbay
