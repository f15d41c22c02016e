using System.Diagnostics;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Bench;

/// <summary>The cipher of private swarms: what the relay does to each byte twice.</summary>
internal static class SwarmBench
{
    private const int Piece = 64 * 1024;
    private const int Pieces = 8192;

    public static int Run()
    {
        byte[] buffer = new byte[Piece];
        using var cipher = new XSalsa20(new byte[XSalsa20.KeySize], new byte[XSalsa20.NonceSize]);
        for (int round = 0; round < 6; round++)
        {
            long began = Stopwatch.GetTimestamp();
            for (int i = 0; i < Pieces; i++)
            {
                cipher.Apply(buffer);
            }

            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            Console.WriteLine($"round {round}: {Piece * (long)Pieces / seconds / 1e6:F0} MB/s of XSalsa20 on one core (pieces of {Piece / 1024} KB)");
        }

        return 0;
    }
}
