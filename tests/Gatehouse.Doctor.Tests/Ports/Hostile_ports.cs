using System.Security.Cryptography;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>Servers that do what no service does. They are started for every system.</summary>
public static class Hostile_ports
{
    public static TheoryData<string> Kinds { get; } = ["silent", "drips", "floods", "closes", "garbage", "text", "longhead"];

    internal static TestPort Start(string kind) => TestPort.Start(kind switch
    {
        "silent" => static (_, cancellation) => Task.Delay(-1, cancellation),
        "drips" => static async (connection, cancellation) =>
        {
            while (true)
            {
                await connection.WriteAsync("\0"u8.ToArray(), cancellation);
                await Task.Delay(20, cancellation);
            }
        }
        ,
        "floods" => Bounds_of_asking.Flood,
        "closes" => static (_, _) => Task.CompletedTask,
        "garbage" => static async (connection, cancellation) =>
        {
            _ = await connection.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false, cancellation);
            await connection.WriteAsync(RandomNumberGenerator.GetBytes(2000), cancellation);
        }
        ,
        "text" => static async (connection, cancellation) =>
        {
            await connection.WriteAsync("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"u8.ToArray(), cancellation);
            _ = await connection.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false, cancellation);
        }
        ,
        _ => static async (connection, cancellation) =>
        {
            // A head that never ends.
            await connection.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray(), cancellation);
            while (true)
            {
                await connection.WriteAsync("X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"u8.ToArray(), cancellation);
            }
        }
        ,
    });
}
