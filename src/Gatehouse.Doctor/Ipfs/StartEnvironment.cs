using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>The variables that a unit or a service of a compose file starts with, and what of them could not be read.</summary>
/// <param name="Variables">The variables that are known.</param>
/// <param name="Gap">A file of variables that is there and could not be read, or null.</param>
internal sealed record StartEnvironment(EnvironmentVariables Variables, string? Gap)
{
    /// <summary>Reads them.</summary>
    /// <param name="host">The host.</param>
    /// <param name="place">The unit or compose file.</param>
    /// <param name="read">Reads with a reader of files, and says which ones were not there.</param>
    public static StartEnvironment Read(IHost host, string place, Func<Func<string, byte[]?>, (EnvironmentVariables Variables, ImmutableArray<Remark> Remarks)> read)
    {
        string folder = Path.GetDirectoryName(place) ?? "/";
        string? gap = null;
        try
        {
            (EnvironmentVariables variables, ImmutableArray<Remark> remarks) = read(Bytes);
            return new StartEnvironment(variables, gap ?? remarks.FirstOrDefault(r => !host.Read(Full(r.Subject)).IsMissing)?.Subject);
        }
        catch (ProblemException fault)
        {
            return new StartEnvironment(EnvironmentVariables.Unknown, fault.Problem.Location?.Source ?? place);
        }

        string Full(string file) => Path.GetFullPath(file, folder);

        byte[]? Bytes(string file)
        {
            FileContent content = host.Read(Full(file));
            gap ??= content.Bytes is null && !content.IsMissing ? file : null;
            return content.Bytes;
        }
    }
}
