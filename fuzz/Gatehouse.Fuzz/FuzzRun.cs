using System.Security.Cryptography;

namespace Gatehouse.Fuzz;

/// <summary>One bounded run of one target.</summary>
internal sealed class FuzzRun(IFuzzTarget target, string corpus, string crashes)
{
    private const int MaxPool = 2000;

    private readonly TimeProvider _time = TimeProvider.System;

    /// <summary>Runs the corpus, then changed copies of it, until the time is over; false when something broke.</summary>
    public bool Run(TimeSpan budget, ulong seed, TextWriter output)
    {
        List<byte[]> pool = Corpus(corpus, target.Name);
        if (pool.Count == 0)
        {
            output.WriteLine($"{target.Name}: no corpus under {corpus}");
            return false;
        }

        if (!pool.TrueForAll(input => Try(input, output)))
        {
            return false;
        }

        Mutator mutator = new(seed, target.Dictionary);
        long start = _time.GetTimestamp();
        long runs = 0;
        while (_time.GetElapsedTime(start) < budget)
        {
            for (int i = 0; i < 64; i++, runs++)
            {
                byte[] input = mutator.Mutate(pool[mutator.Next(pool.Count)], pool[mutator.Next(pool.Count)]);
                if (!Try(input, output))
                {
                    return false;
                }

                // No coverage feedback: a slowly turning pool lets changes add up.
                if (mutator.Next(16) == 0)
                {
                    if (pool.Count < MaxPool)
                    {
                        pool.Add(input);
                    }
                    else
                    {
                        pool[mutator.Next(pool.Count)] = input;
                    }
                }
            }
        }

        output.WriteLine($"{target.Name}: {runs} inputs, seed {seed}, nothing broke");
        return true;
    }

    /// <summary>The corpus of a target, in the order of file names.</summary>
    internal static List<byte[]> Corpus(string corpus, string name)
    {
        string folder = Path.Combine(corpus, name);
        return Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)]
            : [];
    }

    private bool Try(byte[] input, TextWriter output)
    {
        try
        {
            target.Run(input);
            return true;
        }
        catch (Exception broken)
        {
            // Whatever it is, it is the finding.
            Directory.CreateDirectory(crashes);
            string name = $"{target.Name}-{Convert.ToHexStringLower(SHA256.HashData(input))[..12]}";
            string file = Path.Combine(crashes, name);
            File.WriteAllBytes(file, input);
            output.WriteLine($"{target.Name}: {broken.GetType().Name}: {broken.Message}");
            output.WriteLine($"  the bytes are in {file}; run `fuzz/run.sh replay {target.Name} {file}`");
            output.WriteLine(broken.StackTrace);
            return false;
        }
    }
}
