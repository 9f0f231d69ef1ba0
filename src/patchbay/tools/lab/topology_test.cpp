#include "patchbay/tools/lab/topology.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

LabFile with(std::vector<std::string> hosts,
             std::vector<std::pair<std::size_t, std::size_t>> links) {
  LabFile file;
  file.hosts = std::move(hosts);
  for (const auto& [left, right] : links) file.links.push_back({.left = left, .right = right});
  return file;
}

std::vector<std::string> routes_of(const Topology& topology, std::size_t host) {
  std::vector<std::string> shown;
  for (const TopologyRoute& route : topology.routes) {
    if (route.host != host) continue;
    shown.push_back(route.target.address.to_string() + "/" +
                    std::to_string(route.target.prefix_length) + " via " +
                    route.gateway.to_string());
  }
  return shown;
}

TEST(Topology, NeighboursNeedNoRoutes) {
  const auto topology = make_topology(with({"a", "b"}, {{0, 1}}));
  ASSERT_TRUE(topology);
  EXPECT_TRUE(topology->routes.empty());
  EXPECT_EQ(topology->forwards, (std::vector<bool>{false, false}));
  EXPECT_EQ(topology->links[0].left.device, "b");
  EXPECT_EQ(topology->links[0].right.device, "a");
  EXPECT_EQ(topology->addresses[1][0].to_string(), "198.18.0.2");
}

TEST(Topology, RoutesLeadOverTheFewestLinks) {
  // a - b - c - d, and a - d directly.
  const auto topology = make_topology(with({"a", "b", "c", "d"}, {{0, 1}, {1, 2}, {2, 3}, {3, 0}}));
  ASSERT_TRUE(topology);
  EXPECT_EQ(topology->forwards, (std::vector<bool>{true, true, true, true}));
  EXPECT_EQ(routes_of(*topology, 0),
            (std::vector<std::string>{
                "198.18.1.0/30 via 198.18.0.2", "fd70:6174:6368:1::/64 via fd70:6174:6368::2",
                "198.18.2.0/30 via 198.18.0.2", "fd70:6174:6368:2::/64 via fd70:6174:6368::2"}));
}

TEST(Topology, WhatCannotBeReachedHasNoRoute) {
  const auto topology = make_topology(with({"a", "b", "c", "d"}, {{0, 1}, {2, 3}}));
  ASSERT_TRUE(topology);
  EXPECT_TRUE(topology->routes.empty());
}

TEST(Topology, EveryDeviceHasANameOfItsOwn) {
  const auto topology = make_topology(
      with({"lo", "b", "a-name-that-is-too-long-for-a-device"}, {{0, 1}, {1, 0}, {1, 2}, {2, 1}}));
  ASSERT_TRUE(topology);
  EXPECT_EQ(topology->links[0].right.device, "lo2");
  EXPECT_EQ(topology->links[0].left.device, "b");
  EXPECT_EQ(topology->links[1].left.device, "lo3");
  EXPECT_EQ(topology->links[1].right.device, "b2");
  EXPECT_EQ(topology->links[2].left.device, "a-name-that-is-");
  EXPECT_EQ(topology->links[3].right.device, "a-name-that-is2");
}

TEST(Topology, NoDeviceHasANameThatTheKernelKeeps) {
  const auto topology = make_topology(with({"all", "default"}, {{0, 1}}));
  ASSERT_TRUE(topology);
  EXPECT_EQ(topology->links[0].left.device, "default2");
  EXPECT_EQ(topology->links[0].right.device, "all2");
}

TEST(Topology, AUsersNetworkIsKeptClearOf) {
  LabFile file = with({"a", "b", "c"}, {{0, 1}, {1, 2}});
  file.links[1].networks = {*parse_network("198.18.0.0/24")};
  const auto topology = make_topology(file);
  ASSERT_TRUE(topology);
  EXPECT_EQ(topology->links[0].left.addresses[0].address.to_string(), "198.18.1.1");
  EXPECT_EQ(topology->links[1].left.addresses[0].address.to_string(), "198.18.0.1");
  file.links[0].networks = {*parse_network("198.18.0.0/30")};
  EXPECT_FALSE(make_topology(file));
}

TEST(Topology, TheHostsFileKnowsAll) {
  const LabFile file = with({"a", "b"}, {{0, 1}});
  EXPECT_EQ(hosts_text(file, *make_topology(file)),
            "127.0.0.1 localhost\n::1 localhost\n198.18.0.1 a\nfd70:6174:6368::1 a\n"
            "198.18.0.2 b\nfd70:6174:6368::2 b\n");
}

}  // namespace
}  // namespace patchbay
