using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>Makes a document of bytes.</summary>
internal delegate T DocumentReader<out T>(ReadOnlySpan<byte> bytes, string source);

/// <summary>What is said of files that were not read.</summary>
internal static class ConfigReading
{
    /// <summary>A file that is known and could not be read. One that is not known, as in a volume, is no file that could not be.</summary>
    public static IEnumerable<BlindSpot> BlindSpots(string? file, Observation? blindness, ImmutableArray<string> layers) =>
        file is null || blindness is null || layers.Contains("file") ? []
        : [new BlindSpot(blindness.Evidence is [var evidence, ..] ? evidence.Where : file, blindness.Text)];
}

/// <summary>A configuration file that was read, or why it was not.</summary>
/// <param name="Document">The file, or null.</param>
/// <param name="Blindness">What rules then say, or null.</param>
internal sealed record ConfigReading<T>(T? Document, Observation? Blindness)
    where T : class
{
    /// <summary>Reads the file of an installation.</summary>
    public static ConfigReading<T> Read(IHost host, Installation installation, DocumentReader<T> reader)
    {
        if (installation.File is { } file)
        {
            return Read(host, file, reader);
        }

        Launch launch = installation.Launches[0];
        string why = launch.WhyUnseen is { } unseen ? unseen : launch.Image is not null ? "it lies inside of a container or volume" : "no option, variable or home says it";
        return new ConfigReading<T>(null, Observation.Of($"which configuration it uses cannot be told: {why}", launch.Show("configuration not found")) with { IsUnknown = true });
    }

    /// <summary>Reads a file.</summary>
    public static ConfigReading<T> Read(IHost host, string file, DocumentReader<T> reader)
    {
        FileContent content = host.Read(file);
        if (content.Bytes is null)
        {
            return Blind(file, $"the configuration cannot be read: {content.Why}", 0);
        }

        try
        {
            return new ConfigReading<T>(reader(content.Bytes, file), null);
        }
        catch (ProblemException fault)
        {
            return Blind(file, $"the configuration cannot be read ({fault.Problem.Id}): {fault.Problem.Text}", fault.Problem.Location?.Line ?? 0);
        }
    }

    private static ConfigReading<T> Blind(string file, string why, int line) =>
        new(null, Observation.Of(why, new Evidence(EvidenceKind.File, file, "not read", line)) with { IsUnknown = true });
}
