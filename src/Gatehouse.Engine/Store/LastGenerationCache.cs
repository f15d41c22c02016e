using Gatehouse.Trust;

namespace Gatehouse.Engine.Store;

/// <summary>The newest generation, sealed on disk, so that a node starts without its store; and the guard against rollback.</summary>
internal sealed class LastGenerationCache
{
    /// <summary>The file's name in the data folder.</summary>
    public const string FileName = "last-generation.sealed";

    public LastGenerationCache(string dataDirectory, string highestSeenPath, string clusterId, Sealer cluster, Sealer node) =>
        throw new NotSupportedException();

    /// <summary>
    /// Accepts a generation read from the store: refuses one below the highest seen (or a fork of it), then records it
    /// and keeps it on disk. Call it before a generation is put in force. Blocks on the disk.
    /// </summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH2030, GH2031.</exception>
    public void Accept(Generation generation) => throw new NotSupportedException();

    /// <summary>The generation kept, or null where none is. Never one that was changed or is below the highest seen.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH2030 to GH2032.</exception>
    public Generation? Load() => throw new NotSupportedException();
}
