using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;

namespace Gatehouse.Doctor.Elastic;

/// <summary>Something that is so, is not so, or cannot be told.</summary>
/// <param name="Value">Null where it cannot be told.</param>
/// <param name="Text">Why, as a sentence without a full stop.</param>
/// <param name="Evidence">Where it was seen.</param>
internal sealed record Known(bool? Value, string Text, ImmutableArray<Evidence> Evidence);
