using Gatehouse.Problems;
using Gatehouse.Protocols.Zip;

namespace Gatehouse.Engine.IgniteRest;

/// <summary>Why an upload ends.</summary>
/// <param name="Status">Status of the answer.</param>
/// <param name="Problem">Permanent problem.</param>
/// <param name="Reason">Frozen word.</param>
internal sealed record UnitFault(int Status, ProblemDefinition Problem, string Reason)
{
    /// <summary>What is wrong with an archive.</summary>
    public static UnitFault Of(ZipError error) => error switch
    {
        ZipError.Name or ZipError.Duplicate => new(400, IgniteRestProblems.FileName, ZipErrors.Word(error)),
        ZipError.TooLarge or ZipError.TooManyEntries or ZipError.Ratio => new(413, IgniteRestProblems.UploadTooLarge, ZipErrors.Word(error)),
        _ => new(400, IgniteRestProblems.BadArchive, ZipErrors.Word(error)),
    };
}
