import { BlockList, isIP } from "node:net"

const loopback = new BlockList()
loopback.addSubnet("127.0.0.0", 8)
loopback.addAddress("::1", "ipv6")

/** Whether only programs on this machine reach an address to listen on. */
export const isLoopback = (host: string): boolean => {
  if (host === "localhost") return true
  const family = isIP(host)
  return family !== 0 && loopback.check(host, family === 4 ? "ipv4" : "ipv6")
}
