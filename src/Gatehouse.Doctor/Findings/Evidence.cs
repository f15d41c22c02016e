namespace Gatehouse.Doctor.Findings;

/// <summary>What kind of place something was seen at.</summary>
public enum EvidenceKind
{
    /// <summary>A line of a file.</summary>
    File,

    /// <summary>Owner or mode of a file or folder.</summary>
    Mode,

    /// <summary>An environment variable, of a file that sets it or of a process.</summary>
    Environment,

    /// <summary>A running process.</summary>
    Process,

    /// <summary>A live port.</summary>
    Port,
}

/// <summary>Where something was seen, and what; secrets are masked before they come here.</summary>
/// <param name="Kind">Which kind of place.</param>
/// <param name="Place">The path, <c>pid 812 (beam.smp)</c>, or <c>10.0.0.5:9200</c>.</param>
/// <param name="Shown">What stands there: <c>xpack.security.enabled: false</c>.</param>
/// <param name="Line">Line of the file from 1, or 0 where a line makes no sense.</param>
/// <param name="Column">Column of the line from 1, or 0.</param>
public sealed record Evidence(EvidenceKind Kind, string Place, string Shown, int Line = 0, int Column = 0)
{
    /// <summary><c>elasticsearch.yml:12:1</c>, or the place alone.</summary>
    public string Where => Line == 0 ? Place : Column == 0 ? $"{Place}:{Line}" : $"{Place}:{Line}:{Column}";
}
